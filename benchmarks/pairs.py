"""Близкие величины: варианты сервиса попеременно, много коротких повторов.

Круги, которыми меряется остальное, для разницы в несколько процентов слишком редки: машина за
это время меняется больше.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from attrs import frozen

from benchmarks.latency import lone_latencies
from benchmarks.load import ExtraHeader, wrk
from benchmarks.measurement import Quartiles, Sample, quartiles
from benchmarks.stand import Bench
from benchmarks.told_subscriber import ToldSubscriber, told_subscriber
from tests.support.running_service import running_service

_TURNS = 30
_SECONDS = 1
_CONNECTIONS = 64
_LONE = "benchmarks.without_group_commit"
_NEVER_REACHED = "999999/second"  # предел, которого нагрузка не достигает

type Load = Callable[[], Sample]


@frozen
class Pair:
    """Отношение двух вариантов.

    Attributes:
        what: что с чем сравнивалось.
        quartiles: квартили отношений по повторам или процессам; средний — медиана.
        least: не меньше чего она должна быть.
        most: не больше чего.
    """

    what: str
    quartiles: Quartiles
    least: float = 0
    most: float = float("inf")


def measured_pairs(bench: Bench) -> Iterator[Pair]:
    """Меряет все пары."""
    with _with_header(bench, ExtraHeader.IDEMPOTENCY_KEY) as loads:
        yield Pair(
            "rate with an idempotency key on every request ÷ without", _rates(loads), least=0.85
        )
    with _with_header(bench, ExtraHeader.ORIGIN) as loads:
        yield Pair("rate with an Origin on every request ÷ without", _rates(loads), least=0.97)
    with _beside(bench, "benchmarks.without_events") as loads:
        what = "rate with no subscriber ÷ with statements that know of no events"
        yield Pair(what, _rates(loads), least=0.99)
    with told_subscriber(bench) as told:
        nobody = partial(_told, bench, told, told.nobody)
        written = partial(_told, bench, told, told.written)
        what = "rate with a subscriber, told by somebody else ÷ without"
        yield Pair(what, _rates((written, nobody)), least=0.85)
        sent = partial(_told, bench, told, told.sent)
        what = "rate with a subscriber, told on the same cores ÷ without"
        yield Pair(what, _rates((sent, nobody)), least=0.6)
    with _with_rate_limit(bench) as loads:
        yield Pair(
            "rate with a rate limit that is never reached ÷ without", _rates(loads), least=0.97
        )
    with _beside(bench, "benchmarks.without_observation") as loads:
        yield Pair("rate ÷ without metrics and an id for each request", _rates(loads), least=0.95)
    ours, lone, bare = lone_latencies(bench, [(_LONE,), (_LONE, "bare")])
    yield Pair("latency, one connection ÷ without group commit", _ratios(ours, lone), most=1)
    what = "latency, one connection ÷ a bare write: no deadline, cancelled with its caller"
    yield Pair(what, _ratios(ours, bare), most=1.05)


def _rates(loads: tuple[Load, Load]) -> Quartiles:
    rates: tuple[list[float], list[float]] = ([], [])
    for turn in range(_TURNS):
        # Кто первый, тот получает машину после чужой контрольной точки: порядок чередуется.
        for number in (0, 1) if turn % 2 else (1, 0):
            rates[number].append(loads[number]().rate)
    return _ratios(*rates)


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> Quartiles:
    low, middle, high = quartiles([a / b for a, b in zip(ours, theirs, strict=True)])
    sys.stderr.write(f"{middle:.3f} ({low:.3f}–{high:.3f})\n")
    return low, middle, high


@contextmanager
def _with_header(bench: Bench, header: ExtraHeader) -> Iterator[tuple[Load, Load]]:
    with bench.service() as service:
        yield partial(_sample, bench, service.url, header), partial(_sample, bench, service.url)


@contextmanager
def _with_rate_limit(bench: Bench) -> Iterator[tuple[Load, Load]]:
    limited = running_service(
        bench.folder(), database_url=bench.database_url, rate_limit=_NEVER_REACHED
    )
    with bench.service() as service, limited as other:
        yield partial(_sample, bench, other.url), partial(_sample, bench, service.url)


@contextmanager
def _beside(bench: Bench, program: str) -> Iterator[tuple[Load, Load]]:
    rival = running_service(bench.folder(), program=(program,), database_url=bench.database_url)
    with bench.service() as service, rival as other:
        yield partial(_sample, bench, service.url), partial(_sample, bench, other.url)


def _told(bench: Bench, told: ToldSubscriber, prepare: Callable[[], None]) -> Sample:
    prepare()
    return _sample(bench, told.service.url)


def _sample(bench: Bench, url: str, extra_header: ExtraHeader | None = None) -> Sample:
    bench.empty_table()
    return wrk(url, _CONNECTIONS, seconds=_SECONDS, extra_header=extra_header)
