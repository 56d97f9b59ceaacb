"""PostgreSQL как потомок надзирателя: запуск, подъём после смерти, остановка."""

import signal
import subprocess
import sys
import time

from adapters.postgres.embedded.cluster import Cluster
from adapters.postgres.embedded.folders import open_own
from adapters.postgres.embedded.instance import EmbeddedPostgresError
from adapters.postgres.embedded.server_files import StartLog, complaint, is_ready

_POLL = 0.02  # секунд между взглядами на то, готов ли сервер
_START = 100.0  # секунд на запуск, восстановление после сбоя в том числе
_STOP = 60.0  # секунд на обычную остановку, потом немедленная
_MIN_PAUSE = 0.1  # секунд между попытками поднять сервер, который не поднимается
_MAX_PAUSE = 5.0


class PostgresServer:
    """Работающий PostgreSQL; сигналы шлёт только своему потомку."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pause = _MIN_PAUSE
        self._not_before = 0.0
        self._process = self._spawned()

    def _spawned(self) -> subprocess.Popen[bytes]:
        with open_own(self._cluster.folders.startup_log, "w") as log:
            return subprocess.Popen(  # noqa: S603 — файл из нашей же зависимости
                self._cluster.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._cluster.process_arguments(signal.SIGINT),  # быстрая остановка
            )

    @property
    def _is_ready(self) -> bool:
        return is_ready(self._cluster.folders.pgdata, self._process.pid)

    def wait_until_ready(self, log: StartLog) -> None:
        """Ждёт готовности.

        Raises:
            EmbeddedPostgresError: сервер не запустился; его больше нет.
        """
        deadline = time.monotonic() + _START
        while not self._is_ready:
            if self._process.poll() is not None:
                said = complaint(log.read())
                raise EmbeddedPostgresError(f"PostgreSQL did not start: {said}; see {log}")
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedPostgresError(
                    f"PostgreSQL was not ready within {_START:.0f} s: see {log} and try again"
                )
            time.sleep(_POLL)

    def revive(self) -> None:
        """Запускает умерший сервер снова; тот, что умирает сразу, — всё реже."""
        if self._process.poll() is None:
            if self._pause > _MIN_PAUSE and self._is_ready:
                self._pause = _MIN_PAUSE
            return
        if time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, _MAX_PAUSE)
        _log(f"PostgreSQL ended ({self._process.returncode}), starting it again")
        try:
            self._process = self._spawned()
        except OSError as error:  # колесо обновляют, кончилась память: попробовать позже
            _log(f"cannot start PostgreSQL: {error}")

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


def _log(line: str) -> None:
    """Пишет в журнал надзирателя: туда ведёт его поток ошибок."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
    sys.stderr.flush()
