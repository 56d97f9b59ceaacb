"""Один рабочий процесс: его начало, работа и пульс."""

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from logging import getLogger
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from attrs import define, field

from entrypoints.container import STARTUP_ERRORS, Container
from entrypoints.logs import configure_logging
from entrypoints.server.http_server import serve_http
from entrypoints.settings import SettingsError

_log = getLogger("crm_api.worker")

_SPAWN = multiprocessing.get_context("spawn")
_BEAT = 1.0  # секунд между ударами пульса
_PARENT_SIGNALS = {signal.SIGINT, signal.SIGHUP}
"""Терминал шлёт их всей группе; останавливает процессы надзиратель, и только он."""

type Work = Callable[[list[socket.socket], Connection], None]
"""Что делает процесс: слушающие сокеты и конец трубы, в который бьётся пульс."""


@define(eq=False)
class Worker:
    """Рабочий процесс глазами надзирателя.

    Attributes:
        process: сам процесс.
        has_begun: начал ли он обслуживать запросы.
        silence: сколько секунд от него нет пульса.
    """

    process: SpawnProcess
    _pulse: Connection
    has_begun: bool = False
    silence: float = 0.0
    _born: float = field(factory=time.monotonic)

    @classmethod
    def start(cls, work: Work, sockets: Sequence[socket.socket]) -> "Worker":
        """Запускает процесс."""
        receiver, sender = _SPAWN.Pipe(duplex=False)
        process = _SPAWN.Process(target=work, args=(list(sockets), sender))
        with _blocked(_PARENT_SIGNALS):
            process.start()
        sender.close()
        return cls(process, receiver)

    @property
    def age(self) -> float:
        """Сколько секунд назад он запущен."""
        return time.monotonic() - self._born

    def listen(self, seconds: float) -> None:
        """Слушает пульс; ``seconds`` — сколько прошло с прошлого раза."""
        self.silence += seconds
        with suppress(EOFError):
            while self._pulse.poll():
                self._pulse.recv_bytes()
                self.has_begun = True
                self.silence = 0.0

    def close(self) -> None:
        """Забывает кончившийся процесс."""
        self._pulse.close()
        self.process.close()


@contextmanager
def _blocked(numbers: set[signal.Signals]) -> Iterator[None]:
    """Задерживает сигналы; потомок, начатый внутри, их не получит никогда."""
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


def serve_requests(sockets: list[socket.socket], pulse: Connection) -> None:
    """Работа процесса: собирает свой контейнер и обслуживает запросы."""
    _stop_with_parent()
    # Ждать надзирателя, который не читает, нельзя: ждали бы и запросы.
    os.set_blocking(pulse.fileno(), False)
    container = Container()
    try:
        settings = container.settings()
        configure_logging(settings.log_level, settings.log_format)
        container.database_url()  # о базе данных, которой нет, uvicorn сказал бы не одной строкой
        serve_http(
            container.app(),
            sockets,
            stopping=container.stopping(),
            drain=settings.drain_seconds,
            on_start=partial(_beat, pulse),
        )
    except (SettingsError, OSError, *STARTUP_ERRORS) as error:
        _log.error("%s", error)
        raise SystemExit(1) from None


def _beat(pulse: Connection) -> None:
    """Подаёт признак жизни из цикла событий: стоит он — стоит и пульс."""
    with suppress(OSError):
        pulse.send_bytes(b".")
    asyncio.get_running_loop().call_later(_BEAT, _beat, pulse)


def _stop_with_parent() -> None:
    """Останавливает процесс, если того, кто за ним смотрит, не стало."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
