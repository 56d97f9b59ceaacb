"""Отказы с подписчиками: документация показывает записанные итоги, и в них ничего не пропало."""

from typing import Any

import attrs
import pytest

from tests.checker.deliveries import DeliveryVerdict
from tests.deliveries.report import PAGE, DeliveryResult, recorded, results, table

GOOD = DeliveryResult(
    fault="disk full",
    subscriber="good",
    acknowledged=3,
    delivered=4,
    missing=0,
    phantoms=0,
    renumbered=0,
    repeated=7,
)


def test_documentation_shows_the_recorded_results() -> None:
    shown = f"<!-- make delivery-test -->\n{table(recorded())}<!-- end -->"
    assert shown in PAGE.read_text(encoding="utf-8")


def test_recorded_run_kept_every_promise() -> None:
    assert [one for one in recorded() if one.failures] == []


def test_verdict_of_each_subscriber_is_counted() -> None:
    kept = DeliveryVerdict(4, [], [], [], repeated=7)
    lost = DeliveryVerdict(1, ["a@example.ru", "b@example.ru"], ["x"], ["c@example.ru"], 0)
    good, bad = results("disk full", 3, {"good": kept, "bad": lost})
    assert good == GOOD
    assert (bad.missing, bad.phantoms, bad.renumbered) == (2, 1, 1)


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"missing": 1}, "good: missing 1"),
        ({"phantoms": 2}, "good: not stored 2"),
        ({"renumbered": 3}, "good: of two ids 3"),
        ({"acknowledged": 9}, "good: acknowledged and not delivered 5"),
    ],
)
def test_each_broken_promise_is_a_failure(change: dict[str, Any], failure: str) -> None:
    assert GOOD.failures == []
    assert attrs.evolve(GOOD, **change).failures == [failure]


def test_line_of_the_table_tells_who_heard_of_what() -> None:
    assert "| disk full | good | 3 | 4 | 0 | 0 | 7 |\n" in table([GOOD])
