"""Таблицы сравнения с прежней сборкой: медианы, квартили и отношения, в Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.build import TODAY
from benchmarks.growth import Memory
from benchmarks.measurement import Sample, quartiles
from benchmarks.versus import CALM, KEYS, LONE, ORIGIN, Samples

_MIB = 1024 * 1024

type Value = Callable[[Sample], float]


def versus_report(samples: Samples, memory: Mapping[str, Memory]) -> str:
    """Строит отчёт.

    Args:
        samples: повторы; в каждой нагрузке есть сегодняшняя сборка.
        memory: память сервисов, если её мерили.
    """
    programs = list(samples[CALM])
    others = [name for name in programs if name != TODAY]
    head = ["what", *programs, *(f"{TODAY} ÷ {name}" for name in others)]
    lines = ["Medians, quartiles in brackets; ratios are taken round by round.", ""]
    lines += [_line(head), _line(["---"] + ["---:"] * (len(head) - 1))]
    lines += [_line(cells) for cells in _rows(samples, programs)]
    lines += ["", *_own_ratios(samples), "", _wrong(samples)]
    if memory:
        lines += ["", *_memory(memory)]
    return "\n".join(lines) + "\n"


def _rows(samples: Samples, programs: Sequence[str]) -> Iterator[list[str]]:
    for what, taken in samples.items():
        value, unit, digits = (_median, "median, ms", 3) if what == LONE else (_rate, "1/s", 0)
        measured = {name: [value(one) for one in taken.get(name, ())] for name in programs}
        yield [
            f"{what}: {unit}",
            *(_shown(measured[name], digits) for name in programs),
            *(_ratio(measured[TODAY], measured[name]) for name in programs if name != TODAY),
        ]


def _own_ratios(samples: Samples) -> Iterator[str]:
    """Отношения внутри одной сборки: чего ей стоят заголовки и каковы её задержки."""
    builds = list(samples[ORIGIN])
    yield _line(["64 connections, 1 worker", *builds])
    yield _line(["---"] + ["---:"] * len(builds))
    calm = samples[CALM]
    for what, title in ((ORIGIN, "rate with an Origin ÷ without"), (KEYS, "with a key ÷ without")):
        ratios = (_ratio(_values(samples[what][b], _rate), _values(calm[b], _rate)) for b in builds)
        yield _line([title, *ratios])
    tails = (_ratio(_values(calm[b], _tail), _values(calm[b], _median)) for b in builds)
    yield _line(["p99 ÷ median", *tails])


def _memory(memory: Mapping[str, Memory]) -> Iterator[str]:
    yield _line(["memory of a worker after a million", *memory])
    yield _line(["---"] + ["---:"] * len(memory))
    yield _line(["PSS, MiB", *(f"{one.pss / _MIB:.1f}" for one in memory.values())])


def _wrong(samples: Samples) -> str:
    counts = {
        name: sum(one.refused for taken in samples.values() for one in taken.get(name, ()))
        for name in samples[CALM]
    }
    return f"Wrong answers: {', '.join(f'{name} {times}' for name, times in counts.items())}."


def _values(samples: Sequence[Sample], value: Value) -> list[float]:
    return [value(one) for one in samples]


def _rate(sample: Sample) -> float:
    return sample.rate


def _median(sample: Sample) -> float:
    return sample.latency_p50


def _tail(sample: Sample) -> float:
    return sample.latency_p99 or 0


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return _shown([a / b for a, b in zip(ours, theirs, strict=True)], 2) if theirs else ""


def _shown(values: Sequence[float], digits: int) -> str:
    if not values:
        return ""
    low, middle, high = (f"{value:.{digits}f}" for value in quartiles(values))
    return f"{middle} ({low}–{high})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
