"""Проверяющий находит каждое нарушение и не выдумывает их."""

import pytest

from tests.checker.comparison import Fates, Row, Violation, compared
from tests.checker.history import (
    Acknowledged,
    Attempt,
    Outcome,
    Refused,
    Registration,
    Unknown,
    longest_silence,
    slowest_attempt,
    unanswered,
)

FIRST = Acknowledged(1, b"first")


def registration(key: str, *outcomes: Outcome, has_key: bool = True) -> Registration:
    attempts = [Attempt(n, n + 0.5, outcome) for n, outcome in enumerate(outcomes)]
    return Registration(key, attempts, has_key=has_key)


def row(id_: int, key: str) -> Row:
    of = Registration(key)
    return Row(id_, of.email, of.name)


def test_stored_acknowledgements_and_honest_refusals_violate_nothing() -> None:
    history = [
        registration("a", FIRST),
        registration("b", Refused(422)),
        registration(
            "c", Unknown("503"), Acknowledged(3, b"c"), Acknowledged(3, b"c", replayed=True)
        ),
        registration("d", Unknown("deadline")),
    ]
    verdict = compared(history, [row(1, "a"), row(3, "c"), row(4, "d")])
    assert verdict.violations == {}
    assert (verdict.acknowledged, verdict.refused) == (2, 1)


@pytest.mark.parametrize(
    ("outcomes", "ids", "violation"),
    [
        ([FIRST], [], Violation.LOST),
        ([FIRST], [1, 2], Violation.STORED_TWICE),
        ([Unknown("503")], [1, 2], Violation.STORED_TWICE),
        ([FIRST, Acknowledged(1, b"other")], [1], Violation.ANSWERED_DIFFERENTLY),
        ([FIRST], [2], Violation.OTHER_ID),
        ([Refused(400)], [1], Violation.REFUSED_BUT_STORED),
        ([Unknown("503"), Refused(400)], [1], Violation.REFUSED_BUT_STORED),
        ([FIRST, Refused(400)], [1], Violation.REFUSED_BUT_STORED),
        ([Unknown("503"), Refused(400)], [], Violation.TAKEN_BY_NOBODY),
        ([Unknown("500"), FIRST], [1], Violation.FAILED),
    ],
)
def test_finds_each_violation(
    outcomes: list[Outcome], ids: list[int], violation: Violation
) -> None:
    history = [registration("healthy", Acknowledged(9, b"h")), registration("broken", *outcomes)]
    verdict = compared(history, [row(9, "healthy"), *(row(id_, "broken") for id_ in ids)])
    assert verdict.violations == {violation: ["broken"]}


@pytest.mark.parametrize(
    "outcomes",
    [
        [FIRST],
        [FIRST, Refused(400)],
        [Unknown("503"), FIRST],
        [Unknown("503"), Refused(400)],
        [Unknown("503"), Unknown("deadline"), Refused(400)],
        [Unknown("503"), FIRST, Refused(400)],
        [Unknown("503")],
    ],
)
def test_without_a_key_taken_is_true_after_a_try_that_may_have_stored(
    outcomes: list[Outcome],
) -> None:
    verdict = compared([registration("a", *outcomes, has_key=False)], [row(1, "a")])
    assert verdict.violations == {}
    assert verdict.denied == 0


@pytest.mark.parametrize(
    ("outcomes", "ids", "violation"),
    [
        ([FIRST], [], Violation.LOST),
        ([FIRST, Refused(400)], [], Violation.LOST),
        ([Unknown("503"), FIRST], [], Violation.LOST),
        ([Unknown("503"), Refused(400)], [], Violation.TAKEN_BY_NOBODY),
        ([Refused(400)], [], Violation.TAKEN_BY_NOBODY),
        ([Unknown("503"), FIRST], [1, 2], Violation.STORED_TWICE),
        ([Unknown("503"), Refused(400)], [1, 2], Violation.STORED_TWICE),
        ([FIRST, FIRST], [1], Violation.ACKNOWLEDGED_TWICE),
        ([Unknown("503"), FIRST], [2], Violation.OTHER_ID),
        ([Refused(400)], [1], Violation.REFUSED_BUT_STORED),
        ([Refused(400), Unknown("503")], [1], Violation.REFUSED_BUT_STORED),
        ([Unknown("503"), Refused(422)], [1], Violation.REFUSED_BUT_STORED),
    ],
)
def test_finds_each_violation_without_a_key(
    outcomes: list[Outcome], ids: list[int], violation: Violation
) -> None:
    history = [
        registration("healthy", Acknowledged(9, b"h"), has_key=False),
        registration("broken", *outcomes, has_key=False),
    ]
    verdict = compared(history, [row(9, "healthy"), *(row(id_, "broken") for id_ in ids)])
    assert verdict.violations == {violation: ["broken"]}
    assert (verdict.lost, verdict.doubled, verdict.denied) == {
        Violation.LOST: (1, 0, 0),
        Violation.TAKEN_BY_NOBODY: (1, 0, 0),
        Violation.REFUSED_BUT_STORED: (0, 0, 1),
    }.get(violation, (0, 1, 0))


@pytest.mark.parametrize("has_key", [True, False])
def test_finds_the_data_of_another_under_an_address(*, has_key: bool) -> None:
    history = [
        registration("a", FIRST, has_key=has_key),
        registration("b", Unknown("503"), has_key=has_key),
    ]
    verdict = compared(history, [row(1, "a"), Row(2, history[1].email, history[0].name)])
    assert verdict.violations == {Violation.OTHER_DATA: ["b"]}
    assert verdict.unexpected == 1


def test_finds_two_acknowledgements_with_two_ids() -> None:
    verdict = compared([registration("a", FIRST, Acknowledged(2, b"second"))], [row(2, "a")])
    assert verdict.violations == {
        Violation.ANSWERED_DIFFERENTLY: ["a"],
        Violation.OTHER_ID: ["a"],
    }
    assert verdict.doubled == 2


def test_finds_one_id_acknowledged_to_two_registrations() -> None:
    history = [registration("a", FIRST), registration("b", FIRST)]
    verdict = compared(history, [row(1, "b")])
    assert verdict.violations == {Violation.LOST: ["a"], Violation.SHARED_ID: ["b"]}
    assert (verdict.lost, verdict.doubled) == (1, 1)


def test_finds_rows_that_nobody_sent() -> None:
    verdict = compared([registration("a", FIRST)], [row(1, "a"), row(2, "stranger")])
    assert verdict.violations == {Violation.UNEXPECTED: [Registration("stranger").email]}


def test_counts_what_became_of_unknown_outcomes() -> None:
    history = [
        registration("answered", FIRST),
        registration("retried", Unknown("503"), Acknowledged(2, b"r")),
        registration("refused", Unknown("503"), Refused(422)),
        registration("stored", Unknown("503"), Unknown("deadline")),
        registration("absent", Unknown("ConnectionResetError")),
        registration("never sent"),
    ]
    verdict = compared(history, [row(1, "answered"), row(2, "retried"), row(4, "stored")])
    assert verdict.fates == Fates(acknowledged=1, refused=1, stored=1, absent=1)
    assert verdict.fates.total == 4
    assert verdict.violations == {}


def test_counts_a_refusal_of_a_stored_customer_as_denied() -> None:
    verdict = compared([registration("a", Unknown("503"), Refused(400))], [row(1, "a")])
    assert (verdict.denied, verdict.lost, verdict.doubled) == (1, 0, 0)


def test_silence_is_the_longest_time_between_successes_edges_included() -> None:
    history = [registration("a", FIRST, Unknown("503"), Refused(400), Acknowledged(1, b"first"))]
    assert longest_silence(history, started=0, finished=4) == 3
    assert longest_silence(history, started=-9, finished=4) == 9.5
    assert longest_silence(history, started=0, finished=30) == 26.5
    assert longest_silence([], started=1, finished=3) == 2


def test_slowest_attempt_and_unanswered_count_the_attempts_that_waited_in_vain() -> None:
    history = [registration("a", FIRST), Registration("b", [Attempt(1, 6, Unknown("deadline"))])]
    assert slowest_attempt(history) == 5
    assert unanswered(history) == 1
    assert slowest_attempt([]) == 0
