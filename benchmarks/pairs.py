"""Близкие величины: два варианта сервиса попеременно, много коротких повторов.

Круги, которыми меряется остальное, для разницы в несколько процентов слишком редки: машина за
это время меняется больше.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import quantiles

from attrs import frozen

from benchmarks.load import wrk
from benchmarks.measurement import Sample
from benchmarks.stand import Bench
from tests.integration.service import running_service

_TURNS = 30
_SECONDS = 1

type Load = Callable[[], Sample]


@frozen
class Pair:
    """Отношение двух вариантов.

    Attributes:
        what: что с чем сравнивалось.
        quartiles: квартили отношений по повторам; средний — медиана.
        least: не меньше чего она должна быть.
        most: не больше чего.
    """

    what: str
    quartiles: tuple[float, float, float]
    least: float = 0
    most: float = float("inf")


def measured_pairs(bench: Bench) -> Iterator[Pair]:
    """Меряет все пары."""
    with _with_keys(bench) as loads:
        ratios = _ratios(loads, _rate)
        yield Pair("rate with an idempotency key on every request ÷ without", ratios, least=0.9)
    with _against(bench, "benchmarks.without_observation", connections=64) as loads:
        ratios = _ratios(loads, _rate)
        yield Pair("rate ÷ without metrics and request ids", ratios, least=0.95)
    with _against(bench, "benchmarks.without_group_commit", connections=1) as loads:
        ratios = _ratios(loads, _latency)
        yield Pair("latency, one connection ÷ without group commit", ratios, most=1.05)


def _ratios(
    loads: tuple[Load, Load], value: Callable[[Sample], float]
) -> tuple[float, float, float]:
    ratios = []
    for turn in range(_TURNS):
        # Кто первый, тот получает машину после чужой контрольной точки: порядок чередуется.
        order = (0, 1) if turn % 2 else (1, 0)
        values = {number: value(loads[number]()) for number in order}
        ratios.append(values[0] / values[1])
    low, middle, high = quantiles(ratios, n=4)
    sys.stderr.write(f"{middle:.3f} ({low:.3f}–{high:.3f})\n")
    return low, middle, high


@contextmanager
def _with_keys(bench: Bench) -> Iterator[tuple[Load, Load]]:
    with bench.service() as service:
        yield (
            partial(_sample, bench, service.url, 64, has_keys=True),
            partial(_sample, bench, service.url, 64),
        )


@contextmanager
def _against(bench: Bench, program: str, *, connections: int) -> Iterator[tuple[Load, Load]]:
    rival = running_service(bench.folder(), program=(program,), database_url=bench.database_url)
    with bench.service() as service, rival as other:
        yield (
            partial(_sample, bench, service.url, connections),
            partial(_sample, bench, other.url, connections),
        )


def _sample(bench: Bench, url: str, connections: int, *, has_keys: bool = False) -> Sample:
    bench.empty_table()
    return wrk(url, connections, seconds=_SECONDS, has_keys=has_keys)


def _rate(sample: Sample) -> float:
    return sample.rate


def _latency(sample: Sample) -> float:
    return sample.latency_p50
