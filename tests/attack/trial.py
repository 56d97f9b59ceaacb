"""Испытание: обычные клиенты сначала одни, потом среди нападающих; остановка посреди атаки."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from attrs import define, field, frozen

from benchmarks.stand import Bench
from tests.checker.comparison import Verdict, compared
from tests.checker.history import Acknowledged
from tests.checker.load import Load, Plan, running_load
from tests.checker.table import stored_rows
from tests.support.deaf_service import deaf_service
from tests.support.project import ROOT

_PLAN = Plan(clients=4, deadline=15, pause=0.02)
_PROBE_EVERY = 0.1  # секунд
_STOP_SECONDS = 60
_HEALTH = b"GET /health HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"


@frozen
class Crowd:
    """Кто нападает.

    Attributes:
        deaf: сколько клиентов шлёт по шестьдесят запросов и не читает.
        slow: сколько шлёт по байту.
        bodies: сколько самых дорогих тел приходит разом, раз в секунду.
    """

    deaf: int
    slow: int
    bodies: int


@frozen
class Stretch:
    """Чем кончился отрезок времени.

    Attributes:
        answers: время каждого 201, с, по возрастанию.
        health: время каждого ответа ``/health``, с, по возрастанию; не ответил — бесконечность.
        memory: сколько самое большее занял процесс, байт.
    """

    answers: Sequence[float]
    health: Sequence[float]
    memory: int


@frozen
class Result:
    """Итог испытания.

    Attributes:
        alone: отрезок без нападающих.
        attacked: отрезок с ними.
        memory_after: сколько процесс занимает, когда они ушли, байт.
        stop: сколько секунд заняла остановка посреди второй атаки.
        verdict: сверка подтверждённого с записанным.
    """

    alone: Stretch
    attacked: Stretch
    memory_after: int
    stop: float
    verdict: Verdict


@define
class _Probe:
    """Спрашивает ``/health`` и смотрит, сколько памяти у процесса."""

    port: int
    pid: int
    health: list[float] = field(factory=list)
    memory: int = 0
    _is_over: Event = field(factory=Event)

    def run(self) -> None:
        while not self._is_over.wait(_PROBE_EVERY):
            self.health.append(self.asked())
            self.memory = max(self.memory, resident(self.pid))

    def asked(self) -> float:
        """Спрашивает по новому соединению, как балансировщик; возвращает секунды."""
        began = time.monotonic()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=15) as link:
                link.sendall(_HEALTH)
                answer = link.recv(4096)
        except OSError:
            return float("inf")
        is_good = answer.startswith(b"HTTP/1.1 200 ")
        return time.monotonic() - began if is_good else float("inf")

    def stop(self) -> None:
        self._is_over.set()


def resident(pid: int) -> int:
    """Сколько памяти занимает процесс, байт (proc(5), statm)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def tried(bench: Bench, crowd: Crowd, seconds: int) -> Result:
    """Испытывает сервис, чей журнал никто не читает.

    Args:
        bench: PostgreSQL и папка.
        crowd: нападающие.
        seconds: сколько длится каждый отрезок.
    """
    with deaf_service(bench.folder(), database_url=bench.database_url) as service:
        process, port = service.process, service.port
        with running_load(f"http://127.0.0.1:{port}", _PLAN) as load:
            alone = _watched(load, process.pid, port, seconds)
            with _attack(port, crowd, seconds + 60):
                time.sleep(seconds / 3)  # все успели соединиться
                attacked = _watched(load, process.pid, port, seconds)
            time.sleep(seconds / 3)
            memory_after = resident(process.pid)
            with _attack(port, crowd, seconds + 60):
                time.sleep(seconds / 3)
                stop = _stopped(process)
            load.abandon()
    rows = stored_rows(bench.superuser_url, load.prefix)
    return Result(alone, attacked, memory_after, stop, compared(load.registrations, rows))


def _stopped(process: subprocess.Popen[bytes]) -> float:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    return time.monotonic() - began


def _watched(load: Load, pid: int, port: int, seconds: int) -> Stretch:
    probe = _Probe(port, pid)
    thread = Thread(target=probe.run)
    began = time.monotonic()
    thread.start()
    time.sleep(seconds)
    probe.stop()
    thread.join()
    answers = [
        attempt.finished - attempt.started
        for registration in list(load.registrations)
        for attempt in registration.attempts
        if attempt.started >= began and isinstance(attempt.outcome, Acknowledged)
    ]
    return Stretch(sorted(answers), sorted(probe.health), probe.memory)


@contextmanager
def _attack(port: int, crowd: Crowd, seconds: int) -> Iterator[None]:
    arguments = map(str, (port, crowd.deaf, crowd.slow, crowd.bodies, seconds))
    with subprocess.Popen(  # noqa: S603 — запускаем самих себя
        [sys.executable, "-m", "tests.attack.crowd", *arguments], cwd=ROOT, stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        try:
            yield
        finally:
            process.stdin.close()
            process.wait()
