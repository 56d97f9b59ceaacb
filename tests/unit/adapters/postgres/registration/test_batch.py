"""Исходы просьб пачки: кто записан ради самой просьбы, кто был раньше и кто ещё открыт."""

import pytest

from adapters.postgres.registration.batch import Batch
from adapters.postgres.registration.registration_request import (
    Found,
    InsertResult,
    RegistrationRequest,
)
from application.customer_repository import Outcome, Registration, RepositoryUnavailableError
from application.idempotency import IdempotencyKey, KnownKey, fingerprint
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import LATER_AT, REGISTERED_AT, new_customer

NEW = new_customer()
KEY = IdempotencyKey("k")
KNOWN = Found(known=KnownKey(fingerprint(NEW), 7, REGISTERED_AT))
OWNED = Found(owner_id=7, is_same=True)
STORED = 7
SILENCE = Found()


def batch_of(*requests: RegistrationRequest, is_repeat: bool = False) -> Batch:
    batch = Batch(list(requests), until=0)
    if is_repeat:
        batch.doubt(range(len(requests)))
    return batch


def asked(
    requests: list[RegistrationRequest],
    *found: InsertResult,
    is_repeat: bool = True,
    keeps_rows: bool = True,
) -> list[Outcome | None]:
    """Исходы просьб; ``is_repeat`` — их уже посылали, но ответа не получили."""
    batch = batch_of(*requests, is_repeat=is_repeat)
    batch.answer(range(len(requests)), dict(enumerate(found)), keeps_rows=keeps_rows)
    return batch.outcomes


def is_replay(outcome: Outcome | None) -> bool:
    assert isinstance(outcome, Registration)
    return outcome.is_replay


def test_key_used_at_another_time_makes_a_replay() -> None:
    later = RegistrationRequest(new_customer(registered_at=LATER_AT), KEY)
    (ended,) = asked([later], KNOWN)
    assert ended == Registration(Customer.of(NEW, id=7), is_replay=True)


def test_only_one_of_equal_requests_with_a_known_key_is_not_a_replay() -> None:
    request = RegistrationRequest(NEW, KEY)
    ended = asked([request, request], KNOWN, KNOWN)
    assert [is_replay(end) for end in ended] == [False, True]


def test_only_one_of_equal_requests_with_a_key_stored_now_is_not_a_replay() -> None:
    request = RegistrationRequest(NEW, KEY)
    ended = asked([request, request], STORED, SILENCE)
    assert [is_replay(end) for end in ended] == [False, True]


def test_only_one_of_equal_requests_without_a_key_is_the_owner() -> None:
    request = RegistrationRequest(NEW)
    registered, refused = asked([request, request], OWNED, OWNED)
    assert registered == Registration(Customer.of(NEW, id=7))
    assert isinstance(refused, EmailAlreadyRegisteredError)


def test_only_one_of_equal_requests_is_the_owner_when_they_are_asked_one_by_one() -> None:
    request = RegistrationRequest(NEW)
    batch = batch_of(request, request, is_repeat=True)
    for place in range(2):
        batch.answer([place], {place: OWNED}, keeps_rows=True)
    registered, refused = batch.results()
    assert registered == Registration(Customer.of(NEW, id=7))
    assert isinstance(refused, EmailAlreadyRegisteredError)


def test_request_whose_key_is_unknown_is_not_the_owner_however_alike() -> None:
    (ended,) = asked([RegistrationRequest(NEW, KEY)], OWNED)
    assert isinstance(ended, EmailAlreadyRegisteredError)


def test_batch_sent_for_the_first_time_finds_nothing_of_its_own() -> None:
    keyed, lone = RegistrationRequest(NEW, KEY), RegistrationRequest(NEW)
    (replay,) = asked([keyed], KNOWN, is_repeat=False)
    assert is_replay(replay)
    (refused,) = asked([lone], OWNED, is_repeat=False)
    assert isinstance(refused, EmailAlreadyRegisteredError)


@pytest.mark.parametrize(
    ("is_repeat", "keeps_rows", "expected"),
    [
        (True, False, RepositoryUnavailableError),
        (True, True, EmailAlreadyRegisteredError),
        (False, False, EmailAlreadyRegisteredError),
    ],
)
def test_owner_that_may_be_the_request_itself_is_no_answer(
    *, is_repeat: bool, keeps_rows: bool, expected: type[Exception]
) -> None:
    changed = Found(owner_id=7)
    request = RegistrationRequest(NEW)
    (ended,) = asked([request], changed, is_repeat=is_repeat, keeps_rows=keeps_rows)
    assert isinstance(ended, expected)


def test_repeat_of_what_is_stored_is_told_whose_the_address_is() -> None:
    request = RegistrationRequest(NEW)
    _, refused = asked([request, request], STORED, is_repeat=False)
    assert isinstance(refused, EmailAlreadyRegisteredError)
    assert refused.customer_id == STORED


def test_repeats_of_what_is_still_open_stay_open() -> None:
    other = new_customer(email="other@example.ru")
    requests = [
        RegistrationRequest(NEW, KEY),
        RegistrationRequest(other, KEY),
        RegistrationRequest(other),
        RegistrationRequest(new_customer(email="free@example.ru")),
    ]
    ended = asked(requests, SILENCE, SILENCE, SILENCE, 8, is_repeat=False)
    assert [end is None for end in ended] == [True, True, True, False]


def test_split_batch_sends_no_repeat_of_what_is_still_open() -> None:
    requests = [RegistrationRequest(NEW), RegistrationRequest(NEW, KEY)]
    batch = batch_of(*requests, RegistrationRequest(new_customer(email="free@example.ru")))
    assert batch.parts() == [[0, 1, 2]]
    batch.is_split = True
    assert batch.parts() == [[0], [2]]


def test_answer_that_says_nothing_is_believed_once() -> None:
    batch = batch_of(RegistrationRequest(NEW))
    assert batch.is_plain([0])
    assert batch.answer([0], {0: SILENCE}, keeps_rows=True)
    assert not batch.is_plain([0])
    assert not batch.answer([0], {0: SILENCE}, keeps_rows=True)


def test_refusal_says_nothing_of_what_was_sent_before() -> None:
    batch = batch_of(RegistrationRequest(NEW), RegistrationRequest(NEW))
    batch.doubt([0])
    refusal = RepositoryUnavailableError("away")
    batch.refuse([0, 1], refusal)
    assert batch.outcomes == [None, refusal]
    assert batch.give_up() == 1
    assert [str(outcome) for outcome in batch.results()] == [
        "it is not known whether it was stored",
        "away",
    ]


def test_made_key_is_given_only_to_whom_was_never_sent() -> None:
    batch = batch_of(RegistrationRequest(NEW), RegistrationRequest(NEW))
    batch.doubt([0])
    batch.give_keys([0, 1], lambda: KEY)
    assert [request.key for request in batch.requests] == [None, KEY]
