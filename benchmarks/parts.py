"""Части ``make bench``, из которых складывается отчёт."""

import os
import sys
from collections.abc import Callable

import attrs
from attrs import frozen

from benchmarks.backlog import drained_backlog
from benchmarks.build import this_build
from benchmarks.csv_import import imports_beside_copy
from benchmarks.delivery_delay import delivery_delays
from benchmarks.growth import memory_by_registrations, rates_by_table_size
from benchmarks.measurement import Measurement, Sample
from benchmarks.pairs import measured_pairs
from benchmarks.stand import Bench, Case, running_cases
from benchmarks.startup import measure_startup
from benchmarks.threads import rates_of_threads

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
_ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
_EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))


@frozen
class Part:
    """Одна часть.

    Attributes:
        about: что она меряет, для справки.
        minutes: сколько она длится на двух ядрах с обычными повторами.
        measure: мерит; возвращает то, что можно записать в JSON.
    """

    about: str
    minutes: int
    measure: Callable[[Bench], object]


def _rates(built: Bench) -> object:
    """Повторяет замеры кругами: помеха на общей машине достаётся всем, а не одному."""
    samples: dict[Case, list[Sample]] = {}
    with running_cases(built) as cases:
        for number in range(1, ROUNDS + 1):
            for case in cases:
                built.empty_table()
                sample = case.run(SECONDS)
                samples.setdefault(case, []).append(sample)
                said = f"{number}/{ROUNDS} {case.name}, {case.connections}: {sample.rate:.0f}/s\n"
                sys.stderr.write(said)
    return [
        attrs.asdict(Measurement(case.name, case.connections, tuple(taken)))
        for case, taken in samples.items()
    ]


def _scale(built: Bench) -> object:
    return [attrs.asdict(measured) for measured in rates_by_table_size(built, ROUNDS, SECONDS)]


def _memory(built: Bench) -> object:
    build = this_build(built.folder())
    with build.service(built.folder(), database_url=built.database_url) as service:
        return [attrs.asdict(memory) for memory in memory_by_registrations(service)]


def _startup(built: Bench) -> object:
    return attrs.asdict(measure_startup(this_build(built.folder()), built.folder(), ROUNDS))


def _pairs(built: Bench) -> object:
    return [attrs.asdict(pair) for pair in measured_pairs(built)]


def _threads(built: Bench) -> object:
    return [attrs.asdict(measured) for measured in rates_of_threads(built, ROUNDS, SECONDS)]


def _import(built: Bench) -> object:
    return [attrs.asdict(one) for one in imports_beside_copy(built, _ROWS, ROUNDS)]


def _backlog(built: Bench) -> object:
    return attrs.asdict(drained_backlog(built, _EVENTS))


def _delay(built: Bench) -> object:
    return [attrs.asdict(delay) for delay in delivery_delays(built)]


PARTS = {
    "rates": Part("rates and latencies beside pgbench and the peers", 10, _rates),
    "pairs": Part("what keys, an Origin, metrics and others cost, in turns of 1 s", 9, _pairs),
    "scale": Part("rates with up to ten million rows in the table", 5, _scale),
    "memory": Part("memory of a worker while it takes a million registrations", 2, _memory),
    "startup": Part("start to the first 201, and what is imported", 1, _startup),
    "threads": Part("registrations from Python, beside HTTP", 1, _threads),
    "import": Part("a CSV of a million rows, beside \\copy", 3, _import),
    "delay": Part("from a registration to its delivery; PgBouncer if installed", 1, _delay),
    "backlog": Part("a million waiting events, sent by one relay", 12, _backlog),
}
