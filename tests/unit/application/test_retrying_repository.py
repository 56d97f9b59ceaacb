"""Хранилище, которое добивается исхода: повторы, терпение и очередь за каждый адрес."""

import asyncio
from itertools import pairwise

import pytest

from adapters.memory import InMemoryCustomerRepository
from application.customer_repository import Registration, RepositoryUnavailableError
from application.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from application.retrying_repository import PATIENCE, RetryingCustomerRepository
from domain.customer import NewCustomer
from domain.errors import EmailAlreadyRegisteredError
from domain.events import Source
from tests.support.customer_repository_contract import CustomerRepositoryContract
from tests.support.customers import new_customer
from tests.support.virtual_time import run_in_virtual_time


class TestRetryingCustomerRepository(CustomerRepositoryContract):
    @pytest.fixture
    def customers(self) -> RetryingCustomerRepository:
        return RetryingCustomerRepository(InMemoryCustomerRepository())


class AwayCustomers(InMemoryCustomerRepository):
    """Недоступно для названного имени, пока не пройдёт время; запоминает, кто приходил."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__()
        self._name = name
        self._seconds = seconds
        self.came: list[tuple[str, float]] = []

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        now = asyncio.get_running_loop().time()
        self.came.append((customer.name, now))
        await asyncio.sleep(0)
        if customer.name == self._name and now < self._seconds:
            raise RepositoryUnavailableError("away")
        return await super().add(customer, key, source)


async def ends(customers: AwayCustomers, *names: str) -> list[object]:
    """Исходы одновременных просьб с одним адресом."""
    persistent = RetryingCustomerRepository(customers)
    return await asyncio.gather(
        *(persistent.add(new_customer(name=name)) for name in names), return_exceptions=True
    )


def test_is_ready_when_the_repository_is() -> None:
    class UnreadyCustomers(InMemoryCustomerRepository):
        async def ensure_ready(self) -> None:
            raise RepositoryUnavailableError("away")

    run_in_virtual_time(RetryingCustomerRepository(InMemoryCustomerRepository()).ensure_ready())
    with pytest.raises(RepositoryUnavailableError, match="away"):
        run_in_virtual_time(RetryingCustomerRepository(UnreadyCustomers()).ensure_ready())


def test_goes_on_while_the_repository_is_away() -> None:
    customers = AwayCustomers("first", seconds=PATIENCE - 1)
    [end] = run_in_virtual_time(ends(customers, "first"))
    assert isinstance(end, Registration)
    moments = [moment for _, moment in customers.came]
    pauses = [round(later - sooner, 3) for sooner, later in pairwise(moments)]
    assert pauses == sorted(pauses)
    assert len(pauses) < PATIENCE


def test_gives_up_when_the_repository_is_away_for_too_long() -> None:
    customers = AwayCustomers("first", seconds=float("inf"))
    [end] = run_in_virtual_time(ends(customers, "first"))
    assert isinstance(end, RepositoryUnavailableError)
    assert PATIENCE <= customers.came[-1][1] <= PATIENCE + 5


def test_later_request_does_not_overtake_an_earlier_one_with_its_address() -> None:
    customers = AwayCustomers("first", seconds=30)
    first, *later = run_in_virtual_time(ends(customers, "first", "second", "third"))
    assert isinstance(first, Registration)
    assert [type(end) for end in later] == [EmailAlreadyRegisteredError] * 2
    assert [name for name, _ in customers.came[-2:]] == ["second", "third"]


def test_later_request_is_not_sent_when_the_earlier_one_has_no_outcome() -> None:
    customers = AwayCustomers("first", seconds=float("inf"))
    outcomes = run_in_virtual_time(ends(customers, "first", "second", "third"))
    assert [type(end) for end in outcomes] == [RepositoryUnavailableError] * 3
    assert {name for name, _ in customers.came} == {"first"}


def test_cancelled_request_holds_back_the_later_ones() -> None:
    customers = AwayCustomers("first", seconds=float("inf"))

    async def cancelled_first() -> list[object]:
        persistent = RetryingCustomerRepository(customers)
        first = asyncio.create_task(persistent.add(new_customer(name="first")))
        second = asyncio.create_task(persistent.add(new_customer(name="second")))
        await asyncio.sleep(1)
        first.cancel()
        return [*await asyncio.gather(first, second, return_exceptions=True)]

    outcomes = run_in_virtual_time(cancelled_first())
    assert [type(end) for end in outcomes] == [asyncio.CancelledError, RepositoryUnavailableError]
    assert {name for name, _ in customers.came} == {"first"}


def test_requests_with_a_taken_address_do_not_wait_for_each_other() -> None:
    customers = AwayCustomers("second", seconds=30)

    async def third() -> float:
        persistent = RetryingCustomerRepository(customers)
        first, second, third = (
            asyncio.create_task(persistent.add(new_customer(name=name)))
            for name in ("first", "second", "third")
        )
        with pytest.raises(EmailAlreadyRegisteredError):
            await third
        arrived = asyncio.get_running_loop().time()
        await asyncio.wait([first, second])
        assert isinstance(second.exception(), EmailAlreadyRegisteredError)
        return arrived

    assert run_in_virtual_time(third()) < 1


def test_address_that_stayed_free_goes_to_the_next_in_turn() -> None:
    customers = AwayCustomers("second", seconds=30)
    key = IdempotencyKey("used")

    async def after_a_reused_key() -> list[object]:
        await customers.add(new_customer(name="stranger", email="stranger@example.ru"), key)
        persistent = RetryingCustomerRepository(customers)
        ends = await asyncio.gather(
            persistent.add(new_customer(name="first"), key),
            persistent.add(new_customer(name="second")),
            persistent.add(new_customer(name="third")),
            return_exceptions=True,
        )
        return list(ends)

    outcomes = run_in_virtual_time(after_a_reused_key())
    assert [type(end) for end in outcomes] == [
        IdempotencyKeyReusedError,
        Registration,
        EmailAlreadyRegisteredError,
    ]


def test_other_addresses_do_not_wait() -> None:
    customers = AwayCustomers("first", seconds=30)

    async def other() -> float:
        persistent = RetryingCustomerRepository(customers)
        waiting = asyncio.create_task(persistent.add(new_customer(name="first")))
        await persistent.add(new_customer(name="other", email="other@example.ru"))
        arrived = asyncio.get_running_loop().time()
        await waiting
        return arrived

    assert run_in_virtual_time(other()) < 1
