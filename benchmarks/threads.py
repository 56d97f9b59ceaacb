"""Регистрация из Python обычным кодом: много потоков, без HTTP, рядом с ней — HTTP."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.load import wrk
from benchmarks.measurement import Measurement, Sample
from benchmarks.stand import Bench, service_name
from entrypoints.python import Register, registration
from tests.support.customers import IVAN

THREADS = 64


def rates_of_threads(bench: Bench, rounds: int, seconds: int) -> list[Measurement]:
    """Меряет потоки и HTTP по очереди на одной таблице."""
    threads, http = [], []
    with bench.service() as service:
        for _ in range(rounds):
            bench.empty_table()
            threads.append(threads_rate(bench.database_url, THREADS, seconds))
            bench.empty_table()
            http.append(wrk(service.url, THREADS, seconds=seconds))
    return [
        Measurement(f"from Python, {THREADS} threads", THREADS, tuple(threads)),
        Measurement(f"HTTP, {service_name(1)}", THREADS, tuple(http)),
    ]


def threads_rate(database_url: str, threads: int, seconds: float) -> Sample:
    """Регистрирует покупателей из потоков этого процесса, пока не выйдет время.

    Журнала SQL у обычной программы нет: его показывает тот, кто настраивает журнал.
    """
    with registration(database_url) as register, ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        work = partial(_register_until, register, started + seconds)
        taken = sorted(spent for one in pool.map(work, range(threads)) for spent in one)
        elapsed = time.perf_counter() - started
    return Sample(
        rate=len(taken) / elapsed,
        latency_p50=taken[len(taken) // 2] * 1000,
        latency_p99=taken[len(taken) * 99 // 100] * 1000,
        refused=0,  # отказ прервал бы замер исключением
    )


def _register_until(register: Register, deadline: float, thread: int) -> list[float]:
    salt = uuid.uuid4().hex[:8]
    taken: list[float] = []
    while (before := time.perf_counter()) < deadline or not taken:
        register(**{**IVAN, "email": f"{salt}.{thread}.{len(taken)}@example.ru"})
        taken.append(time.perf_counter() - before)
    return taken
