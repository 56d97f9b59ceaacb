"""Сколько работы делает код: не время, которое на общей машине ничего не значит, а шаги."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import CodeType
from unicodedata import combining, normalize

import pytest

import domain.text
from tests.support.project import ROOT

_OWN = tuple(str(ROOT / package) for package in ("domain", "application", "entrypoints"))
_TOOL = sys.monitoring.PROFILER_ID


@contextmanager
def _counted_steps() -> Iterator[Callable[[], int]]:
    """Считает шаги интерпретатора (байт-код) в своём коде: тестам и библиотекам счёта нет."""
    steps = 0

    def count(code: CodeType, _offset: int) -> object:
        nonlocal steps
        if not code.co_filename.startswith(_OWN):
            return sys.monitoring.DISABLE
        steps += 1
        return None

    events = sys.monitoring.events
    sys.monitoring.use_tool_id(_TOOL, "steps of a test")
    sys.monitoring.register_callback(_TOOL, events.INSTRUCTION, count)
    sys.monitoring.set_events(_TOOL, events.INSTRUCTION)
    try:
        yield lambda: steps
    finally:
        sys.monitoring.set_events(_TOOL, events.NO_EVENTS)
        sys.monitoring.free_tool_id(_TOOL)


def swaps(text: str) -> int:
    """Сколько соседей переставит нормализация: знаки при букве она ставит по местам вставками."""
    # Знаков при букве бывают тысячи, а классов у них десятки: считаются классы.
    seen: Counter[int] = Counter()
    total = 0
    for one in map(combining, text):
        if not one:
            seen.clear()
        total += sum(times for before, times in seen.items() if before > one)
        if one:
            seen[one] += 1
    return total


def work(action: Callable[[], object]) -> int:
    """Считает работу: шаги интерпретатора, знаки, отданные нормализации, и её перестановки."""
    normalized = 0

    def counting(form: str, text: str) -> str:
        nonlocal normalized
        normalized += len(text) + swaps(text)
        return normalize(form, text)  # type: ignore[arg-type]  # имя формы приходит как есть

    with pytest.MonkeyPatch.context() as patch:
        # Тем же, чем и было, только со счётом.
        patch.setattr(domain.text, "normalize", counting)
        with _counted_steps() as steps:
            action()
            taken = steps()
    return taken + normalized


def growth(works: list[int]) -> float:
    """Во сколько раз работа выросла, когда данных стало вдвое больше; самое большее."""
    return max(after / before for before, after in pairwise(works))
