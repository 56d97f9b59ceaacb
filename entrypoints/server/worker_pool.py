"""Несколько процессов на одних слушающих сокетах и тот, кто за ними смотрит.

Надзиратель самого uvicorn не подходит: его процессы остаются жить, если его самого убить, второй
Ctrl-C обрывает у них начатые ответы, а своего сервера ему не передать.
"""

import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait

from entrypoints.log_stream import LAST_WORDS
from entrypoints.server.http_server import STOP_AT_ONCE
from entrypoints.server.limits import ConnectionLimits
from entrypoints.server.worker_process import Work, Worker

_log = logging.getLogger("crm_api.workers")

_LOOK_PERIOD = 0.1  # секунд: столько сигнал ждёт, пока его заметят
_EXTRA = 1.0 + LAST_WORDS  # секунд сверх срока остановки процесса, прежде чем он будет убит
_SILENCE = 10.0  # секунд без пульса: дольше ни один запрос ответа не ждёт
_START = 60.0  # секунд на то, чтобы начать: процессов бывает много больше, чем ядер
_MATURITY = 10.0  # секунд: кто прожил меньше, тот кончился сразу
_LONGEST_PAUSE = 30.0  # секунд


class WorkerError(Exception):
    """Рабочий процесс не смог начать работу; текст — для оператора."""


def run_workers(
    count: int,
    sockets: Sequence[socket.socket],
    *,
    drain: float,
    work: Work,
    on_start: Callable[[], None] = lambda: None,
) -> None:
    """Держит ``count`` рабочих процессов, пока не придёт сигнал остановиться.

    Args:
        count: сколько их.
        sockets: слушающие сокеты; с началом остановки здесь они закрываются.
        drain: сколько секунд остановка по SIGTERM начинается с ответа «не готов».
        work: что делает каждый.
        on_start: вызывается, когда начал обслуживать запросы первый из них.

    Raises:
        WorkerError: процесс кончился, не начав работать, а других нет.
        OSError: системе не хватило чего-то на самый первый процесс; на следующие — ждут.
    """
    # Не Event: его замок, взятый обработчиком одного сигнала, остановил бы обработчик другого.
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: signals.append(number))
    pool = _Pool(count, sockets, work)
    try:
        while not signals:
            pool.fill()
            if pool.watch():
                on_start()
            if not signals:
                pool.reap()
    finally:
        # Очередь соединений жива, пока её держит хоть кто-то. Здесь принимать из неё некому: она
        # должна кончиться вместе с последним, кто принимает.
        for one in sockets:
            one.close()
        _stop(pool.workers, signals, drain + ConnectionLimits().grace + _EXTRA)


class _Backoff:
    """Ход надзирателя: тех, кто кончается сразу, он заменяет всё реже."""

    def __init__(self) -> None:
        self._seen = self._next_start = time.monotonic()
        self._early = 0

    def allows_start(self) -> bool:
        """Говорит, можно ли уже запускать новые процессы."""
        return time.monotonic() >= self._next_start

    def tick(self) -> float:
        """Возвращает, сколько секунд прошло; сколько стоял сам надзиратель — не в счёт."""
        seen, self._seen = self._seen, time.monotonic()
        return min(self._seen - seen, 10 * _LOOK_PERIOD)

    def pause(self, ages: Sequence[float]) -> float:
        """Назначает паузу до замены тем, кто прожил столько секунд, и возвращает её."""
        self._early = self._early + 1 if min(ages) < _MATURITY else 0
        pause = min(2.0 ** (self._early - 2), _LONGEST_PAUSE) if self._early > 1 else 0.0
        self._next_start = time.monotonic() + pause
        return pause


class _Pool:
    """Рабочие процессы, которых столько, сколько велено.

    Attributes:
        workers: они.
    """

    def __init__(self, count: int, sockets: Sequence[socket.socket], work: Work) -> None:
        self.workers: list[Worker] = []
        self._has_begun = False  # начинал ли хоть один
        self._count = count
        self._sockets = sockets
        self._work = work
        self._backoff = _Backoff()

    def fill(self) -> None:
        """Запускает тех, кого не хватает.

        Raises:
            OSError: системе не хватило чего-то на самый первый процесс; на следующие — ждут.
        """
        while len(self.workers) < self._count and self._backoff.allows_start():
            try:
                self.workers.append(Worker.start(self._work, self._sockets))
            except OSError as error:
                if not self._has_begun:
                    raise
                pause = self._backoff.pause([0.0])
                _log.error("a worker could not start (%s); the next try in %g s", error, pause)

    def watch(self) -> bool:
        """Ждёт новостей и убивает тех, у кого остановился пульс: запросы они держат без ответа.

        Returns:
            Начал ли за это время обслуживать запросы первый из них.
        """
        wait([worker.process.sentinel for worker in self.workers], _LOOK_PERIOD)
        seconds = self._backoff.tick()
        for worker in self.workers:
            worker.listen(seconds)
            if worker.silence > (_SILENCE if worker.has_begun else _START):
                _log.error("worker %d has hung and is killed", worker.process.pid)
                worker.process.kill()
                worker.silence = 0.0
        had_begun, self._has_begun = self._has_begun, self._has_begun or self._is_served()
        return self._has_begun and not had_begun

    def reap(self) -> None:
        """Забывает кончившихся.

        Raises:
            WorkerError: один из них кончился сам, не начав работать, а других нет.
        """
        ended = [worker for worker in self.workers if worker.process.exitcode is not None]
        if not ended:
            return
        self.workers = [worker for worker in self.workers if worker not in ended]
        pause = self._backoff.pause([worker.age for worker in ended])
        for worker in ended:
            worker.listen(0)
            code = worker.process.exitcode or 0
            if code > 0 and not worker.has_begun and not self._is_served():
                raise WorkerError(f"a worker could not start (exit code {code}); the log says why")
            _log.warning(
                "worker %d has ended (%s); another starts in %g s",
                worker.process.pid,
                f"exit code {code}" if code >= 0 else f"signal {-code}, {signal.strsignal(-code)}",
                pause,
            )
            worker.close()

    def _is_served(self) -> bool:
        return any(worker.has_begun for worker in self.workers)


def _stop(workers: Sequence[Worker], signals: Sequence[int], seconds: float) -> None:
    """Останавливает процессы; кто не успел за ``seconds``, того убивает.

    Args:
        workers: они.
        signals: пришедшие сигналы; с любым, кроме SIGTERM, ждать балансировщика незачем, и такой
            может прийти и посреди остановки.
        seconds: срок, секунды.
    """
    deadline = time.monotonic() + seconds
    alive = list(workers)
    sent = None
    while alive and time.monotonic() < deadline:
        is_patient = bool(signals) and set(signals) == {signal.SIGTERM}
        number = signal.SIGTERM if is_patient else STOP_AT_ONCE
        if number != sent:
            sent = number
            for worker in alive:
                worker.send(number)
        wait([worker.process.sentinel for worker in alive], _LOOK_PERIOD)
        alive = [worker for worker in alive if worker.process.exitcode is None]
    for worker in alive:
        _log.error("worker %d does not stop and is killed", worker.process.pid)
        worker.process.kill()
        worker.process.join()
