"""Итоги проверки кластера: что считается невыполненным и что попадает в документацию."""

from typing import Any

import attrs
import pytest

from tests.checker.comparison import Fates, Row, compared
from tests.checker.history import Acknowledged, Attempt, Registration
from tests.checker.results import Result, record, recorded, table, worst
from tests.cluster.cluster_faults import FAULTS
from tests.cluster.report import FAULTS_COMMAND, PAGE
from tests.support.made_table import shown_table
from tests.support.project import ROOT

RECORDED = recorded((ROOT / "tests" / "cluster" / "results.json").read_text(encoding="utf-8"))
GOOD = Result(
    fault="switch-over",
    acknowledged=100,
    lost=0,
    doubled=0,
    denied=0,
    unexpected=0,
    unknown=Fates(acknowledged=3, stored=1),
    silence=5,
    most_silence=5,
    slowest=4.5,
    unanswered=0,
)


def test_result_counts_what_the_checker_found() -> None:
    kept = Registration("kept", [Attempt(0, 1, Acknowledged(1, b""))])
    lost = Registration("lost", [Attempt(0, 1, Acknowledged(2, b""))])
    verdict = compared(
        [kept, lost], [Row(1, kept.email, kept.name), Row(3, "stranger@example.ru", "Stranger")]
    )
    result = Result.of("a", verdict, silence=1, most_silence=2, slowest=1, unanswered=0)
    assert (result.acknowledged, result.lost, result.doubled, result.unexpected) == (2, 1, 0, 1)


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"lost": 1}, "lost 1"),
        ({"doubled": 2}, "doubled 2"),
        ({"denied": 3}, "refused but stored 3"),
        ({"unexpected": 4}, "stored but never sent, or answered 500 4"),
        ({"unanswered": 5}, "unanswered 5"),
        ({"silence": 5.1}, "5.1 s without a 201, not 5"),
    ],
)
def test_each_broken_promise_is_a_failure(change: dict[str, Any], failure: str) -> None:
    assert GOOD.failures == []
    assert attrs.evolve(GOOD, **change).failures == [failure]


def test_silence_that_is_the_fault_itself_is_no_failure() -> None:
    assert attrs.evolve(GOOD, silence=60, most_silence=None).failures == []


def test_line_tells_everything() -> None:
    assert str(GOOD) == (
        "switch-over: acknowledged 100, lost 0, doubled 0, refused but stored 0,"
        " unknown 4 (3 acknowledged, 0 refused, 1 stored, 0 absent),"
        " longest without a 201 5.0 s (at most 5), slowest answer 4.5 s, unanswered 0"
    )


def test_rounds_are_summed_and_the_worst_time_is_kept() -> None:
    other = attrs.evolve(GOOD, fault="other")
    slower = attrs.evolve(GOOD, lost=1, silence=7, unknown=Fates(refused=2))
    first, second = worst([GOOD, other, slower])
    assert second == other
    assert first == attrs.evolve(
        GOOD,
        acknowledged=200,
        lost=1,
        silence=7,
        unknown=Fates(acknowledged=3, refused=2, stored=1),
    )


def test_record_is_read_back() -> None:
    assert recorded(record([GOOD])) == [GOOD]


def test_documentation_shows_the_recorded_results_of_every_fault() -> None:
    assert [result.fault for result in RECORDED] == [fault.name for fault in FAULTS]
    assert shown_table(PAGE, FAULTS_COMMAND) == table(RECORDED)


def test_recorded_run_lost_and_doubled_nothing() -> None:
    assert {(result.lost, result.doubled) for result in RECORDED} == {(0, 0)}
