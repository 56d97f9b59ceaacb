"""Несколько процессов на одних слушающих сокетах и тот, кто за ними смотрит.

Надзиратель самого uvicorn не подходит: его процессы остаются жить, если его самого убить, второй
Ctrl-C обрывает у них начатые ответы, а своего сервера ему не передать.
"""

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from attrs import frozen

from entrypoints.container import STARTUP_ERRORS, Container
from entrypoints.http.limits import Limits
from entrypoints.http.server import serve_http
from entrypoints.logs import configure_logging
from entrypoints.settings import SettingsError

_log = logging.getLogger("crm_api.workers")

_SPAWN = multiprocessing.get_context("spawn")
_LOOK_PERIOD = 0.1  # секунд: столько сигнал ждёт, пока его заметят
_EXTRA = 2.0  # секунд сверх срока остановки процесса, прежде чем он будет убит
_PARENT_SIGNALS = {signal.SIGINT, signal.SIGHUP}
"""Терминал шлёт их всей группе; останавливает процессы надзиратель, и только он."""


class WorkerError(Exception):
    """Рабочий процесс не смог начать работу; текст — для оператора."""


@frozen
class _Worker:
    process: SpawnProcess
    started: Connection

    def has_started(self) -> bool:
        """Говорит, начал ли процесс обслуживать запросы, прежде чем кончился."""
        try:
            return self.started.poll() and bool(self.started.recv())
        except EOFError:
            return False


def run_workers(count: int, sockets: Sequence[socket.socket], *, drain: float) -> None:
    """Держит ``count`` рабочих процессов, пока не придёт сигнал остановиться.

    Args:
        count: сколько их.
        sockets: слушающие сокеты.
        drain: сколько секунд остановка начинается с ответа «не готов».

    Raises:
        WorkerError: процесс кончился, не начав работать; новый кончился бы так же.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    workers: list[_Worker] = []
    try:
        while not stop.is_set():
            workers += [_start(sockets) for _ in range(count - len(workers))]
            wait([worker.process.sentinel for worker in workers], _LOOK_PERIOD)
            workers = [worker for worker in workers if not _has_ended(worker, stop)]
    finally:
        _stop(workers, drain + Limits().grace + _EXTRA)


def _start(sockets: Sequence[socket.socket]) -> _Worker:
    receiver, sender = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_work, args=(list(sockets), sender))
    with _blocked(_PARENT_SIGNALS):
        process.start()
    sender.close()
    return _Worker(process, receiver)


@contextmanager
def _blocked(numbers: set[signal.Signals]) -> Iterator[None]:
    """Задерживает сигналы; потомок, начатый внутри, их не получит никогда."""
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


def _has_ended(worker: _Worker, stop: threading.Event) -> bool:
    """Убирает кончившийся процесс.

    Raises:
        WorkerError: он кончился сам, не начав работать.
    """
    code = worker.process.exitcode
    if code is None:
        return False
    if code > 0 and not worker.has_started() and not stop.is_set():
        raise WorkerError(f"a worker could not start (exit code {code}); the log says why")
    _log.warning("worker %d has ended with code %d", worker.process.pid, code)
    worker.started.close()
    worker.process.close()
    return True


def _stop(workers: Sequence[_Worker], seconds: float) -> None:
    """Останавливает процессы; кто не успел за ``seconds``, того убивает."""
    deadline = time.monotonic() + seconds
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(max(deadline - time.monotonic(), 0))
        if worker.process.exitcode is None:
            _log.error("worker %d does not stop and is killed", worker.process.pid)
            worker.process.kill()
            worker.process.join()


def _work(sockets: list[socket.socket], started: Connection) -> None:
    """Рабочий процесс: собирает свой контейнер и обслуживает запросы."""
    _stop_with_parent()
    container = Container()
    try:
        settings = container.settings()
        configure_logging(settings.log_level, settings.log_format)
        serve_http(
            container.app(),
            sockets,
            stopping=container.stopping(),
            drain=settings.drain_seconds,
            on_start=partial(started.send, "started"),
        )
    except (SettingsError, OSError, *STARTUP_ERRORS) as error:
        _log.error("%s", error)
        raise SystemExit(1) from None


def _stop_with_parent() -> None:
    """Останавливает процесс, если того, кто за ним смотрит, не стало."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
