"""Круги долгого испытания: что дописано, то и продолжается, а нарушенное не теряется."""

from pathlib import Path

import attrs
import pytest

from tests.checker.comparison import Fates
from tests.checker.results import Result
from tests.soak.rounds import Round, Rounds, summary

GOOD = Result(
    fault="kill -9 of PostgreSQL",
    acknowledged=100,
    lost=0,
    doubled=0,
    denied=0,
    unexpected=0,
    unknown=Fates(acknowledged=3, refused=1),
    silence=60.0,
    most_silence=2,
    slowest=4.5,
    unanswered=0,
)
ROUND = Round(GOOD, imported=50, import_lost=0, import_doubled=0, import_refused=0)


def test_what_was_finished_is_there_when_it_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    first = Rounds(folder)
    first.append(ROUND)
    second = Rounds(folder)
    assert second.done == [ROUND]
    second.append(attrs.evolve(ROUND, imported=7))
    assert [one.acknowledged for one in Rounds(folder).done] == [150, 107]


def test_round_whose_line_was_torn_does_not_count(tmp_path: Path) -> None:
    Rounds(tmp_path).append(ROUND)
    file = tmp_path / "rounds.jsonl"
    file.write_bytes(file.read_bytes() + file.read_bytes()[:40])
    rounds = Rounds(tmp_path)
    assert rounds.done == [ROUND]
    rounds.append(ROUND)
    assert Rounds(tmp_path).done == [ROUND, ROUND]


def test_silence_of_a_busy_machine_is_no_failure() -> None:
    assert ROUND.failures == []


@pytest.mark.parametrize(
    ("broken", "failure"),
    [
        (attrs.evolve(ROUND, result=attrs.evolve(GOOD, lost=1)), "lost 1"),
        (attrs.evolve(ROUND, import_lost=2), "lost 2"),
        (
            attrs.evolve(ROUND, result=attrs.evolve(GOOD, doubled=1), import_doubled=1),
            "doubled 2",
        ),
        (attrs.evolve(ROUND, result=attrs.evolve(GOOD, denied=1)), "refused but stored 1"),
        (attrs.evolve(ROUND, result=attrs.evolve(GOOD, unanswered=1)), "unanswered 1"),
        (attrs.evolve(ROUND, result=attrs.evolve(GOOD, slowest=5.1)), "an answer after 5.1 s"),
        (attrs.evolve(ROUND, import_refused=1), "files not imported whole 1"),
    ],
)
def test_each_broken_promise_is_named(broken: Round, failure: str) -> None:
    assert broken.failures == [failure]


def test_summary_has_a_line_for_each_fault_and_one_for_all() -> None:
    other = attrs.evolve(ROUND, result=attrs.evolve(GOOD, fault="disk full", slowest=1.0))
    lines = summary([ROUND, other, ROUND]).splitlines()
    assert lines[2:] == [
        "| kill -9 of PostgreSQL | 2 | 300 | 100 | 0 | 0 | 0 | 4.5 | 0 |",
        "| disk full | 1 | 150 | 50 | 0 | 0 | 0 | 1.0 | 0 |",
        "| all | 3 | 450 | 150 | 0 | 0 | 0 | 4.5 | 0 |",
    ]
