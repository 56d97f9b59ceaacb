"""Один рабочий процесс: его начало, пульс и конец вместе с надзирателем."""

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from attrs import define, field

from entrypoints.server.http_server import STOP_AT_ONCE

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

    def send(self, number: signal.Signals) -> None:
        """Посылает сигнал, если процесс ещё не кончился."""
        # Пока он не дождан (exitcode не спрошен), номер его ничьим другим не станет.
        if self.process.exitcode is None and self.process.pid is not None:
            os.kill(self.process.pid, number)

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


def beat(pulse: Connection) -> None:
    """Подаёт признак жизни из цикла событий: стоит он — стоит и пульс."""
    with suppress(OSError):
        pulse.send_bytes(b".")
    asyncio.get_running_loop().call_later(_BEAT, beat, pulse)


def stop_with_parent() -> None:
    """Останавливает процесс, если того, кто за ним смотрит, не стало."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        # Не SIGTERM: пока этот принимает соединения, порт не занять тому, кто придёт на смену.
        os.kill(os.getpid(), STOP_AT_ONCE)

    threading.Thread(target=watch, daemon=True).start()
