"""Судьбы просьб после потерянного ответа: кто записан ради самой просьбы, а кто был раньше."""

from adapters.postgres.registration.outcomes import Fates, Outcome, Owner, Verdicts
from adapters.postgres.registration.request import RegistrationRequest, first_of_repeats
from application.customer_repository import Registration
from application.idempotency import IdempotencyKey, KnownKey, fingerprint
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import LATER_AT, REGISTERED_AT, new_customer

NEW = new_customer()
KEY = IdempotencyKey("k")
KNOWN = {"k": KnownKey(fingerprint(NEW), 7, REGISTERED_AT)}


def asked(
    fates: Fates, *requests: RegistrationRequest, is_repeat: bool = True
) -> list[Outcome | None]:
    """Исходы просьб; ``is_repeat`` — их уже посылали, но ответа не получили."""
    verdicts = Verdicts(fates, is_repeat)
    first = first_of_repeats(requests)
    return [
        verdicts.outcome(place, request, is_first=first[place])
        for place, request in enumerate(requests)
    ]


def is_replay(outcome: Outcome | None) -> bool:
    assert isinstance(outcome, Registration)
    return outcome.is_replay


def test_key_used_at_another_time_makes_a_replay() -> None:
    later = RegistrationRequest(new_customer(registered_at=LATER_AT), KEY)
    (ended,) = asked(Fates(keys=KNOWN), later)
    assert ended == Registration(Customer.of(NEW, id=7), is_replay=True)


def test_only_one_of_equal_requests_with_a_known_key_is_not_a_replay() -> None:
    request = RegistrationRequest(NEW, KEY)
    ended = asked(Fates(keys=KNOWN), request, request)
    assert [is_replay(end) for end in ended] == [False, True]


def test_only_one_of_equal_requests_with_a_key_stored_now_is_not_a_replay() -> None:
    request = RegistrationRequest(NEW, KEY)
    ended = asked(Fates(stored={NEW.email: 7}), request, request)
    assert [is_replay(end) for end in ended] == [False, True]


def test_only_one_of_equal_requests_without_a_key_is_the_owner() -> None:
    owner = Owner(7, is_same=True)
    request = RegistrationRequest(NEW)
    registered, refused = asked(Fates(owners={0: owner, 1: owner}), request, request)
    assert registered == Registration(Customer.of(NEW, id=7))
    assert isinstance(refused, EmailAlreadyRegisteredError)


def test_request_whose_key_is_unknown_is_not_the_owner_however_alike() -> None:
    fates = Fates(owners={0: Owner(7, is_same=True)})
    (ended,) = asked(fates, RegistrationRequest(NEW, KEY))
    assert isinstance(ended, EmailAlreadyRegisteredError)


def test_batch_sent_for_the_first_time_finds_nothing_of_its_own() -> None:
    keyed, lone = RegistrationRequest(NEW, KEY), RegistrationRequest(NEW)
    (replay,) = asked(Fates(keys=KNOWN), keyed, is_repeat=False)
    assert is_replay(replay)
    owners = {0: Owner(7, is_same=True)}
    (refused,) = asked(Fates(owners=owners), lone, is_repeat=False)
    assert isinstance(refused, EmailAlreadyRegisteredError)
