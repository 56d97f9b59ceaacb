"""Пользователь встроенного PostgreSQL: запустить сервер или присоединиться к запущенному."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg.pq

from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.binaries import installed_package
from adapters.postgres.embedded.folder_access import make_data_dir, unusable
from adapters.postgres.embedded.folders import Folders, open_own
from adapters.postgres.embedded.instance import EmbeddedPostgres, EmbeddedPostgresError
from adapters.postgres.embedded.locks import LockTimeoutError, is_locked, lock
from adapters.postgres.embedded.supervisor import READY

_START = 120.0  # секунд: создание кластера и восстановление после сбоя
_STOP = 70.0  # секунд на остановку, которой ждёт последний пользователь
_PAUSE = 0.02
_SURE = 3  # столько раз подряд замок занят — значит, им пользуются, а не проверяют его
_SUPERVISOR = "adapters.postgres.embedded.supervisor"
_PACKAGES = Path(__file__).parents[3]
_PYTHON_NEEDS = ("PYTHONHOME", "LD_LIBRARY_PATH")


@contextmanager
def joined(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """Держит сервер запущенным, пока открыт контекст; подробности у ``embedded_postgres``.

    Raises:
        EmbeddedPostgresError: сервер не запустить.
    """
    with ExitStack() as stack:
        try:
            # Путь к папке приводится к одному виду: по нему выбирается и место сокета.
            folders = Folders(data_dir.resolve())
            if not folders.root.exists():
                # Нечем создать данные — незачем и советовать для них другую папку.
                installed_package()
            make_data_dir(folders, server_account(folders.pgdata))
            _join(folders, stack)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            raise unusable(data_dir, str(error)) from None
        yield EmbeddedPostgres(folders.sockets)


def _join(folders: Folders, stack: ExitStack) -> None:
    try:
        with lock(folders.start_lock, timeout=_START) as start_lock:
            stack.callback(_wait_until_stopped, folders)
            # До запуска: надзиратель, замок пользователей у которого свободен, останавливается.
            stack.enter_context(lock(folders.users_lock, shared=True, timeout=_STOP))
            _ensure_running(folders, start_lock)
    except LockTimeoutError:
        raise EmbeddedPostgresError(
            f"another process has been starting or stopping PostgreSQL in {folders.root} for too"
            f" long: see {folders.supervisor_log}"
        ) from None


def _ensure_running(folders: Folders, start_lock: int) -> None:
    """Ждёт готовности чужого сервера или запускает свой."""
    deadline = time.monotonic() + _START
    ping_address = EmbeddedPostgres(folders.sockets).url.encode()
    while time.monotonic() < deadline:
        if not is_locked(folders.supervisor_lock):
            _spawn(folders, start_lock)
            return
        if psycopg.pq.PGconn.ping(ping_address) == psycopg.pq.Ping.OK:
            return
        time.sleep(_PAUSE)
    raise EmbeddedPostgresError(
        f"PostgreSQL in {folders.root} does not answer: see {folders.pgdata}/log"
    )


def _spawn(folders: Folders, start_lock: int) -> None:
    """Запускает надзирателя в собственном сеансе и ждёт его слова."""
    with (
        open_own(folders.supervisor_log, "a") as log,
        subprocess.Popen(  # noqa: S603 — запускается свой же код
            [sys.executable, "-P", "-m", _SUPERVISOR, str(folders.root), str(start_lock)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(),
            pass_fds=[start_lock],
            # Свой сеанс: Ctrl-C и закрытие терминала до сервера не доходят.
            start_new_session=True,
        ) as supervisor,
    ):
        assert supervisor.stdout  # noqa: S101 — для mypy: канал только что попрошен
        answer = select.poll()  # не select: у программы бывает больше 1024 открытых файлов
        answer.register(supervisor.stdout, select.POLLIN)
        if not answer.poll(_START * 1000):
            raise EmbeddedPostgresError(
                f"PostgreSQL in {folders.root} has been starting for more than {_START:.0f} s:"
                f" see {folders.startup_log} and {folders.pgdata}/log and try again"
            )
        line = supervisor.stdout.readline().decode(errors="surrogateescape").strip()
    if line != READY:
        raise EmbeddedPostgresError(
            line or f"PostgreSQL's supervisor ended without a word: see {folders.supervisor_log}"
        )


def _environment() -> dict[str, str]:
    """Ничего лишнего: переменные ``PG…`` этого процесса сбили бы сервер с толку."""
    kept = {name: os.environ[name] for name in _PYTHON_NEEDS if name in os.environ}
    # Модули надзиратель ищет там же, где их нашёл этот процесс.
    packages = os.pathsep.join([str(_PACKAGES), *filter(None, sys.path)])
    return {**kept, "PATH": os.defpath, "PYTHONPATH": packages}


def _wait_until_stopped(folders: Folders) -> None:
    """Ждёт остановки сервера, если больше он никому не нужен."""
    deadline = time.monotonic() + _STOP
    in_use = 0
    while is_locked(folders.server_lock) and time.monotonic() < deadline:
        is_stopping = is_locked(folders.users_lock, against_shared=True)
        # Замок мог быть занят и на миг: так же проверяет его другой уходящий.
        in_use = in_use + 1 if not is_stopping and is_locked(folders.users_lock) else 0
        if in_use == _SURE:
            return
        time.sleep(_PAUSE)
