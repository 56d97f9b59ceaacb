"""Вариант использования: зарегистрировать, не выдав, был ли покупатель уже."""

from datetime import datetime, timedelta

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory import InMemoryCustomerRepository
from adapters.memory_events import InMemoryEvents
from application.customer_repository import RepositoryUnavailableError
from application.data_bound_keys import DataBoundKeys
from application.idempotency import IdempotencyKey, InvalidIdempotencyKeyError
from application.register_customer import RegisterCustomer, RegisterCustomerCommand
from application.register_discreetly import DiscreetOutcome, RegisterDiscreetly
from domain.errors import EmailAlreadyRegisteredError, InvalidCustomerError
from tests.support.customers import IVAN, REGISTERED_AT, new_customer
from tests.support.failing_repositories import FailingRepository, RepeatsAway, UnreadyRepository
from tests.support.stored_events import MemoryEvents
from tests.support.virtual_time import run_in_virtual_time

pytestmark = pytest.mark.anyio

QUIET = timedelta(hours=24)
REGISTERED, REPLAYED, TAKEN = DiscreetOutcome
COMMAND = RegisterCustomerCommand(**IVAN)
KEYED = evolve(COMMAND, idempotency_key="one")


@define(eq=False)
class Shop:
    """Магазин, который об исходе молчит.

    Attributes:
        now: время; его переводит тест.
        outcomes: исходы по порядку.
    """

    now: datetime = REGISTERED_AT
    outcomes: list[DiscreetOutcome] = field(factory=list)
    events: MemoryEvents = field(factory=lambda: MemoryEvents(InMemoryEvents()))
    customers: InMemoryCustomerRepository = field(init=False)
    register: RegisterDiscreetly = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.events.subscribe("letters")
        self.customers = InMemoryCustomerRepository(self.events.events)
        register = RegisterCustomer(DataBoundKeys(self.customers), self.clock)
        self.register = RegisterDiscreetly(
            register, self.customers, self.clock, QUIET, self.outcomes.append
        )

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_nothing_is_returned_whatever_the_outcome(shop: Shop) -> None:
    for command in (KEYED, KEYED, COMMAND):
        assert await shop.register(command) is None  # type: ignore[func-returns-value]
    assert shop.outcomes == [REGISTERED, REPLAYED, TAKEN]


async def test_owner_of_a_taken_address_is_told_once_in_the_set_time(shop: Shop) -> None:
    await shop.register(COMMAND)
    shop.now += QUIET
    for _ in range(3):
        await shop.register(COMMAND)
        shop.now += QUIET / 4
    assert shop.events.repeated() == [("letters", 1, REGISTERED_AT + QUIET)]
    shop.now += QUIET
    await shop.register(COMMAND)
    assert len(shop.events.repeated()) == 2


async def test_repeat_with_its_own_key_is_no_news(shop: Shop) -> None:
    for _ in range(2):
        await shop.register(KEYED)
    assert shop.events.repeated() == []


async def test_repeat_in_another_spelling_of_the_mailbox_is_no_news(shop: Shop) -> None:
    for email in ("οδος@ﬁrma.gr", "ΟΔΟΣ@FIRMA.gr"):
        await shop.register(evolve(KEYED, email=email))
    assert shop.outcomes == [REGISTERED, REPLAYED]
    assert shop.events.repeated() == []


async def test_key_used_with_other_data_is_another_key(shop: Shop) -> None:
    await shop.register(KEYED)
    await shop.register(evolve(KEYED, email="pyotr@example.ru"))
    await shop.register(evolve(KEYED, name="Pyotr"))
    assert shop.outcomes == [REGISTERED, REGISTERED, TAKEN]
    assert [number for _, number, _ in shop.events.told()] == [1, 2]


@given(
    is_taken=st.booleans(),
    keys=st.lists(st.sampled_from(["one", "two", None]), min_size=1, max_size=4),
)
def test_key_does_not_tell_by_later_requests_whether_the_first_was_stored(
    *, is_taken: bool, keys: list[str | None]
) -> None:
    """Сам спросивший узнаёт об исходе лишь то, что приходит на его собственные адреса."""

    async def told() -> list[int]:
        shop = Shop()
        if is_taken:
            await shop.register(COMMAND)
        await shop.register(KEYED)
        before = len(shop.outcomes)
        for number, key in enumerate(keys):
            mine = evolve(COMMAND, email=f"{number}@mine.example", idempotency_key=key)
            await shop.register(mine)
            await shop.register(mine)
        assert set(shop.outcomes[before::2]) == {REGISTERED}
        return [int(outcome is TAKEN) for outcome in shop.outcomes[before:]]

    assert run_in_virtual_time(told()) == [taken for key in keys for taken in (0, int(key is None))]


async def test_broken_rules_and_wrong_keys_are_told_as_ever(shop: Shop) -> None:
    with pytest.raises(InvalidCustomerError):
        await shop.register(evolve(COMMAND, age=151))
    with pytest.raises(InvalidIdempotencyKeyError):
        await shop.register(evolve(COMMAND, idempotency_key="\n"))
    assert shop.outcomes == []


async def test_event_that_cannot_be_left_is_a_refusal_whatever_the_outcome(shop: Shop) -> None:
    register = evolve(shop.register, repeats=RepeatsAway())
    for command in (KEYED, KEYED, COMMAND):
        with pytest.raises(RepositoryUnavailableError):
            await register(command)
    assert shop.outcomes == []


async def test_owner_whom_the_repository_does_not_name_is_told_nothing(shop: Shop) -> None:
    taken = FailingRepository(EmailAlreadyRegisteredError(IVAN["email"]))
    register = evolve(shop.register, register=RegisterCustomer(taken, shop.clock))
    await register(COMMAND)
    assert (shop.outcomes, shop.events.repeated()) == ([TAKEN], [])


async def test_outcome_may_be_told_to_nobody(shop: Shop) -> None:
    register = RegisterDiscreetly(shop.register.register, shop.customers, shop.clock, QUIET)
    await register(COMMAND)
    assert len(shop.events.told()) == 1


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255))
def test_bound_key_is_a_key_of_these_data_alone(value: str) -> None:
    async def added() -> list[bool]:
        customers = DataBoundKeys(InMemoryCustomerRepository())
        key = IdempotencyKey(value)
        return [
            (await customers.add(new_customer(**changes), key)).is_replay
            for changes in ({}, {}, {"email": "pyotr@example.ru"}, {"email": "pyotr@example.ru"})
        ]

    assert run_in_virtual_time(added()) == [False, True, False, True]


async def test_readiness_is_that_of_the_repository() -> None:
    await DataBoundKeys(InMemoryCustomerRepository()).ensure_ready()
    with pytest.raises(RepositoryUnavailableError):
        await DataBoundKeys(UnreadyRepository()).ensure_ready()
