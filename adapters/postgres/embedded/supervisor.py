"""Процесс-надзиратель: запускает PostgreSQL своим потомком и останавливает его.

Живёт, пока у сервера есть хоть один пользователь, и узнаёт об этом по замку, поэтому ему всё
равно, ушёл последний сам или убит. Сигналы шлёт только своему потомку.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.cluster import READY, Cluster, complaint, prepare_cluster
from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.folders import Folders, make_socket_folder
from adapters.postgres.embedded.locks import LockTimeoutError, lock

_POLL = 0.1  # секунд между взглядами на потомка и на замок пользователей
_OLD_SERVER = 20.0  # секунд, за которые уходит сервер убитого надзирателя
_START = 60.0  # секунд на запуск, восстановление после сбоя в том числе
_STOP = 60.0  # секунд на обычную остановку, потом немедленная
_MAX_PAUSE = 5.0  # секунд между попытками поднять сервер, который не поднимается

_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Запускает сервер в папке из первого аргумента и держит его до последнего пользователя."""
    os.chdir("/")
    folders = Folders(Path(sys.argv[1]))
    signal.signal(signal.SIGTERM, _stop_requested)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock(folders.supervisor_lock))
            inherited = stack.enter_context(lock(folders.server_lock, timeout=_OLD_SERVER))
            server = _Server(_prepared(folders), inherited)
            server.start()
        except LockTimeoutError:
            _report(f"another PostgreSQL still works in {folders.root}: wait until it has stopped")
        except EmbeddedPostgresError as error:
            _report(str(error))
        except OSError as error:
            _report(f"cannot start PostgreSQL in {folders.root}: {error}")
        else:
            _report(READY)
            _supervise(server, folders.users_lock)


class _StopRequested(BaseException):
    """Система останавливается (SIGTERM)."""


def _stop_requested(_signal: int, _frame: FrameType | None) -> None:
    raise _StopRequested


def _report(line: str) -> None:
    """Говорит запустившему, чем кончился запуск; больше ему ничего не пишется."""
    print(" ".join(line.split()), flush=True)  # noqa: T201 — стандартный вывод и есть ответ
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _prepared(folders: Folders) -> Cluster:
    account = server_account(folders.pgdata)
    make_socket_folder(folders, account)
    return prepare_cluster(folders, account)


def _supervise(server: "_Server", users_lock: Path) -> None:
    try:
        while True:
            time.sleep(_POLL)
            server.revive()
            try:
                # Пока замок у нас, новый пользователь ждёт: он запустит сервер заново.
                with lock(users_lock):
                    server.stop()
                    return
            except LockTimeoutError:
                continue
    except _StopRequested:
        server.stop()


class _Server:
    """PostgreSQL — потомок этого процесса."""

    def __init__(self, cluster: Cluster, inherited: int) -> None:
        self._cluster = cluster
        self._inherited = inherited
        self._pause = _POLL
        self._not_before = 0.0
        self._was_ready = False
        self._spawn()

    def _spawn(self) -> None:
        with self._cluster.folders.startup_log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 — файл из нашей же зависимости
                self._cluster.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                pass_fds=[self._inherited],
                # Своя группа: Ctrl-C в терминале до сервера не доходит.
                process_group=0,
                preexec_fn=_dies_with_parent(),  # noqa: PLW1509 — процесс однопоточный
                **self._cluster.account.process_arguments(),
            )
        self._was_ready = False

    def start(self) -> None:
        """Ждёт готовности.

        Raises:
            EmbeddedPostgresError: сервер не запустился.
        """
        log = self._cluster.folders.startup_log
        deadline = time.monotonic() + _START
        while not self._cluster.is_ready(self._process.pid):
            if self._process.poll() is not None:
                said = complaint(log.read_text(encoding="utf-8", errors="replace"))
                raise EmbeddedPostgresError(
                    f"PostgreSQL did not start: {said}; see {log} and"
                    f" {self._cluster.folders.pgdata}/log"
                )
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedPostgresError(
                    f"PostgreSQL was not ready within {_START:.0f} s; see {log} and"
                    f" {self._cluster.folders.pgdata}/log"
                )
            time.sleep(_POLL / 5)

    def revive(self) -> None:
        """Запускает умерший сервер снова; тот, что умирает сразу, — всё реже."""
        if self._process.poll() is None:
            if not self._was_ready and self._cluster.is_ready(self._process.pid):
                self._was_ready = True
                self._pause = _POLL
            return
        if time.monotonic() < self._not_before:
            return
        print("PostgreSQL ended, starting it again", file=sys.stderr, flush=True)  # noqa: T201 — журнал надзирателя
        self._not_before = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, _MAX_PAUSE)
        self._spawn()

    def stop(self) -> None:
        """Останавливает сервер: открытые транзакции отменяются, записанное цело."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()


def _dies_with_parent() -> Callable[[], None] | None:
    """Готовит просьбу к ядру остановить сервер, если надзирателя убьют (только Linux)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


if __name__ == "__main__":
    main()
