"""Что меняется с ростом: скорость на большой таблице и память процесса."""

from collections.abc import Iterator

import psycopg
from attrs import frozen

from benchmarks.load import wrk
from benchmarks.measurement import Measurement, Sample
from benchmarks.stand import Bench
from tests.support.running_service import Service

TABLE_SIZES = (0, 1_000_000, 10_000_000)
MEMORY_AT = (0, 250_000, 500_000, 750_000, 1_000_000)
_CONNECTIONS = 64
_CHUNK_SECONDS = 10
FILL = """
INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
SELECT 'Ivan Ivanov', 'u' || left(md5(n::text), 8) || '.filled.' || n || '@example.ru',
       33, 'Male', 'Russia', 'Russia, Orsk, Molodezhnaya St., 18 apartment 6',
       '+7(921)345-19-48', now()
FROM generate_series(%s + 1, %s) AS n
"""


@frozen
class Memory:
    """Память рабочего процесса.

    Attributes:
        registrations: сколько регистраций он уже принял.
        pss: доля памяти процесса с учётом общей (Linux, smaps_rollup), байт.
    """

    registrations: int
    pss: int


def rates_by_table_size(bench: Bench, rounds: int, seconds: int) -> list[Measurement]:
    """Меряет скорость на таблицах разного размера; ANALYZE делает, когда сочтёт, автоочистка."""
    filled = 0
    measured = []
    with bench.service() as service:
        for size in TABLE_SIZES:
            with psycopg.connect(bench.superuser_url, autocommit=True) as connection:
                connection.execute(FILL, [filled, size])
                connection.execute("CHECKPOINT")
            filled = size
            samples = [_sample(service, seconds) for _ in range(rounds)]
            measured.append(Measurement(f"{size:,} rows".replace(",", " "), 64, tuple(samples)))
    return measured


def memory_by_registrations(service: Service) -> Iterator[Memory]:
    """Меряет память процесса, пока он принимает миллион регистраций."""
    registered = 0.0
    for wanted in MEMORY_AT:
        while registered < wanted:
            registered += _sample(service, _CHUNK_SECONDS).rate * _CHUNK_SECONDS
        yield Memory(int(registered), pss(service.process.pid))


def pss(pid: int) -> int:
    """Возвращает память процесса с учётом общей, байт."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:  # noqa: PTH123 — не файл
        line = next(line for line in rollup if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024


def _sample(service: Service, seconds: int) -> Sample:
    return wrk(service.url, _CONNECTIONS, seconds=seconds)
