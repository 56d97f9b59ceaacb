"""Части прогона, которые дороже прочих: сколько секунд каждой отведено и сколько она заняла.

Срок стоит в самом файле тестов (``part_of_run``); больше него — предупреждение, а не отказ: машина
бывает занята. Складывается время тестов, а идут они в нескольких процессах.
"""

from collections.abc import Iterable, Iterator

import pytest
from attrs import define

_PROPERTY = "part of run"


def part_of_run(name: str, *, budget: int) -> pytest.MarkDecorator:
    """Относит тесты файла к части.

    Args:
        name: её имя.
        budget: сколько ей отведено, секунд.
    """
    return pytest.mark.part_of_run(name, budget)


def tell_parts(items: Iterable[pytest.Item]) -> None:
    """Кладёт часть каждого теста в его отчёт: оттуда её видно и через границу процесса."""
    for item in items:
        if (mark := item.get_closest_marker("part_of_run")) is not None:
            item.user_properties.append((_PROPERTY, list(mark.args)))


@define
class _Part:
    budget: int
    seconds: float = 0.0


def lines(reports: Iterable[object]) -> Iterator[str]:
    """Строит строку на часть.

    Args:
        reports: отчёты о подготовке, самом тесте и уборке, в любом порядке; прочее не в счёт.
    """
    parts: dict[str, _Part] = {}
    for report in reports:
        if isinstance(report, pytest.TestReport):
            for name, value in report.user_properties:
                if name == _PROPERTY and isinstance(value, list):
                    title, budget = value
                    parts.setdefault(title, _Part(budget)).seconds += report.duration
    for title, part in sorted(parts.items()):
        verdict = "" if part.seconds <= part.budget else "; WARNING: over its budget"
        yield f"{title}: {part.seconds:.0f} s of {part.budget}{verdict}"
