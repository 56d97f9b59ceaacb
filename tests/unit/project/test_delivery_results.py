"""Отказы с подписчиками: документация показывает записанные итоги, и в них ничего не пропало."""

from types import ModuleType
from typing import Any

import attrs
import pytest

from tests.checker.deliveries import DeliveryVerdict
from tests.checker.delivery_results import (
    DeliveryResult,
    counted_deliveries,
    record_of_deliveries,
    recorded_deliveries,
    table_of_deliveries,
)
from tests.checker.subscribers import GOOD, TROUBLED
from tests.cluster import report as of_the_cluster
from tests.deliveries import report as of_one_node
from tests.faults.node_faults import FAULTS
from tests.support.made_table import shown_table

KEPT = DeliveryResult(
    fault="disk full",
    subscriber="good",
    acknowledged=3,
    imported=1,
    delivered=4,
    missing=0,
    phantoms=0,
    renumbered=0,
    repeated=7,
)


RUNS = [of_one_node, of_the_cluster]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.COMMAND)
def test_documentation_shows_the_recorded_results(run: ModuleType) -> None:
    assert shown_table(run.PAGE, run.COMMAND) == table_of_deliveries(run.recorded())


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.COMMAND)
def test_recorded_run_kept_every_promise(run: ModuleType) -> None:
    assert [one for one in run.recorded() if one.failures] == []


def test_each_recorded_fault_of_one_node_has_both_subscribers() -> None:
    found = [(one.fault, one.subscriber) for one in of_one_node.recorded()]
    names = {fault for fault, _ in found}
    known = [fault.name for fault in FAULTS if fault.name in names]
    assert found == [(fault, name) for fault in known for name in (GOOD, TROUBLED)]


def test_fault_that_is_tried_alone_renews_its_own_rows() -> None:
    first, second, third = (attrs.evolve(KEPT, fault=fault.name) for fault in FAULTS[:3])
    again = attrs.evolve(second, repeated=9)
    assert of_one_node.merged([first, second, third], [again]) == [first, again, third]


def test_record_is_read_back() -> None:
    assert recorded_deliveries(record_of_deliveries([KEPT])) == [KEPT]


def test_verdict_of_each_subscriber_is_counted() -> None:
    kept = DeliveryVerdict(4, [], [], [], repeated=7)
    lost = DeliveryVerdict(1, ["a@example.ru", "b@example.ru"], ["x"], ["c@example.ru"], 0)
    good, bad = counted_deliveries("disk full", 3, {"good": kept, "bad": lost}, imported=1)
    assert good == KEPT
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
    assert KEPT.failures == []
    assert attrs.evolve(KEPT, **change).failures == [failure]


def test_line_of_the_table_tells_who_heard_of_what() -> None:
    assert "| disk full | good | 3 | 1 | 4 | 0 | 0 | 7 |\n" in table_of_deliveries([KEPT])
