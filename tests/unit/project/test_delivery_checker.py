"""Сверка с подписчиком находит всё, чего быть не должно, и терпит повторы."""

from tests.checker.comparison import Row
from tests.checker.deliveries import Delivery, DeliveryVerdict, delivered

ROWS = [Row(1, "a@example.ru", "A"), Row(2, "b@example.ru", "B")]
A, B = Delivery("one", 1, "a@example.ru"), Delivery("two", 2, "b@example.ru")


def test_everything_stored_and_delivered_keeps_the_promise_however_often_it_came() -> None:
    verdict = delivered(ROWS, [A, B, A, A])
    assert verdict == DeliveryVerdict(2, [], [], [], repeated=2)
    assert verdict.is_kept


def test_stored_and_not_delivered_is_missing() -> None:
    verdict = delivered(ROWS, [A])
    assert (verdict.missing, verdict.is_kept) == (["b@example.ru"], False)


def test_delivered_and_not_stored_is_a_phantom() -> None:
    other = Delivery("three", 3, "c@example.ru")
    stranger = Delivery("two", 2, "c@example.ru")
    assert delivered(ROWS, [A, B, other]).phantoms == ["three"]
    assert delivered(ROWS, [A, B, stranger]).phantoms == ["two"]
    assert not delivered(ROWS, [A, B, other]).is_kept


def test_two_ids_of_one_customer_are_noticed() -> None:
    verdict = delivered(ROWS, [A, B, Delivery("other", 1, "a@example.ru")])
    assert (verdict.renumbered, verdict.is_kept) == (["a@example.ru"], False)
