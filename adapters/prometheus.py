"""Замеры для Prometheus: что видно в записи пачек и как собрать замеры всех процессов."""

import asyncio
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

from adapters.write_observer import WriteObserver

# Имя задано библиотекой; его значение она читает при импорте, поэтому процессы получают его
# вместе с окружением.
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

# Времени создания каждого замера никто не спрашивает, а строк оно удваивает.
disable_created_metrics()  # type: ignore[no-untyped-call]  # в библиотеке не описан

# Пять секунд — срок ответа.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SIZES = tuple(2**power for power in range(10))


class BatchedHistogram(Histogram):
    """Гистограмма, которой отдают много величин разом.

    По одной библиотека берёт их втрое дороже, двадцатую цены запроса: у каждой свой поиск и дважды
    замок. Взять разом она не умеет, а счёт держит в закрытых полях: поэтому её младшая версия
    ограничена, и тест сверяет счёт с обычной гистограммой.
    """

    def observe_all(self, values: Sequence[float]) -> None:
        """Учитывает величины, как ``observe`` каждую."""
        self._sum.inc(sum(values))
        places = [bisect_left(self._upper_bounds, value) for value in values]
        for place in set(places):
            self._buckets[place].inc(places.count(place))


class _TimedBatch:
    """Меряет, сколько длится пачка; ``Histogram.time`` делает то же втрое дороже."""

    def __init__(self, took: Callable[[float], None]) -> None:
        self._took = took
        self._started = perf_counter()

    def __enter__(self) -> None:
        """Ничего не делает: отсчёт уже идёт."""

    def __exit__(self, *_: object) -> None:
        """Кончает отсчёт, чем бы пачка ни кончилась.

        Учтёт её оборот цикла событий, который следует за ответами: их ждут, а счёта — нет.
        """
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._took, perf_counter() - self._started)


class PrometheusWriteObserver(WriteObserver):
    """Считает пачки, ошибки PostgreSQL, очередь и соединения."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._size = Histogram(
            "crm_batch_size",
            "Registrations written by one statement.",
            buckets=_SIZES,
            registry=registry,
        )
        self._duration = Histogram(
            "crm_batch_duration_seconds",
            "Time to write one batch, connecting and retries included.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._errors = Counter(
            "crm_database_errors",
            "Errors of PostgreSQL by SQLSTATE; none: the connection failed.",
            ["sqlstate"],
            registry=registry,
        )
        self._waiting = Gauge(
            "crm_queue_length",
            "Registrations waiting for their batch.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._connections = Gauge(
            "crm_database_connections",
            "Open connections that write.",
            ["state"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._registry = registry
        self._ids_left: Gauge | None = None

    def batch(self, callers: Sequence[Context]) -> "_TimedBatch":
        """Меряет пачку."""
        return _TimedBatch(partial(self._written, len(callers)))

    def _written(self, size: int, seconds: float) -> None:
        self._size.observe(size)
        self._duration.observe(seconds)

    def database_error(self, sqlstate: str | None) -> None:
        """Считает ошибку."""
        self._errors.labels(sqlstate or "none").inc()

    def load(self, *, waiting: int, busy: int, idle: int) -> None:
        """Запоминает нагрузку."""
        self._waiting.set(waiting)
        self._connections.labels("busy").set(busy)
        self._connections.labels("idle").set(idle)

    def ids(self, *, left: int) -> None:
        """Запоминает, сколько осталось номеров; пока этого не знают, нет и замера."""
        if self._ids_left is None:
            self._ids_left = Gauge(
                "crm_customer_ids_left",
                "Ids that customers may still get.",
                registry=self._registry,
                multiprocess_mode="livemin",
            )
        self._ids_left.set(left)


def lost_log_lines(registry: CollectorRegistry) -> Callable[[float], None]:
    """Создаёт счётчик потерянных строк журнала и возвращает, чем его увеличить."""
    return Counter(
        "crm_log_lines_lost",
        "Lines of the log that were dropped: nobody read it, or it could not be written.",
        registry=registry,
    ).inc


def serve_metrics(port: int, host: str, *, registry: CollectorRegistry) -> None:
    """Отдаёт замеры на своём порту: процессу, который запросов не обслуживает.

    Raises:
        OSError: порт занят.
    """
    start_http_server(port, host, registry)


def _memory() -> Path | None:
    """Где держать замеры: в памяти, если она есть.

    Библиотека отображает свои файлы в память, и на полном диске процесс убил бы SIGBUS.
    """
    shared = Path("/dev/shm")  # noqa: S108 — имя папки случайно, открыта она одному хозяину
    return shared if os.access(shared, os.W_OK | os.X_OK) else None


@contextmanager
def shared_metrics() -> Iterator[Path]:
    """Даёт процессам, которые будут запущены, общую папку замеров; в конце удаляет её."""
    with TemporaryDirectory(prefix="crm-api-metrics-", dir=_memory()) as folder:
        os.environ[_FOLDER_VARIABLE] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ[_FOLDER_VARIABLE]


def whole_service(own: CollectorRegistry) -> CollectorRegistry:
    """Возвращает замеры всех процессов сервиса; если процесс один, то его собственные."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    if folder is None:
        return own
    # Счёт умершего процесса остаётся, а очереди и соединений у него больше нет.
    for path in Path(folder).glob("gauge_live*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if not _is_alive(pid):
            path.unlink(missing_ok=True)  # успел и другой процесс, если спросили и его
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone, folder)  # type: ignore[no-untyped-call]  # в библиотеке не описан
    return everyone


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # ничего не посылает, только проверяет (POSIX, kill)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
