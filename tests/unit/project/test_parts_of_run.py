"""Дорогие части прогона: время складывается, а превышение — предупреждение."""

import re

import pytest

from tests.support.parts import lines
from tests.support.project import ROOT


def report(part: str | None, budget: int, seconds: float) -> pytest.TestReport:
    properties: list[tuple[str, object]] = [("part of run", [part, budget])] if part else []
    return pytest.TestReport(
        "test",
        ("test", 0, "test"),
        {},
        "passed",
        None,
        "call",
        duration=seconds,
        user_properties=properties,
    )


def test_every_part_is_shown_beside_its_budget() -> None:
    reports = [
        report("clients", 9, 4.0),
        report("browsers", 9, 3.2),
        report("clients", 9, 6.0),
        report(None, 0, 100.0),
        object(),
    ]
    assert list(lines(reports)) == [
        "browsers: 3 s of 9",
        "clients: 10 s of 9; WARNING: over its budget",
    ]


def test_budgets_of_ci_are_half_an_hour_together() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    parts = [int(budget) for budget in re.findall(r"^ *part (\d+) ", text, re.MULTILINE)]
    (last,) = map(int, re.findall(r"make test may take (\d+) more", text))
    assert sum(parts) + last <= 1800
