"""Хранилище, которое добивается исхода: повторы, терпение и порядок."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest

from adapters.memory import InMemoryCustomerRepository
from application.customer_repository import (
    CustomerAndKey,
    Outcome,
    Registration,
    RepositoryUnavailableError,
)
from application.retrying_batches import PATIENCE, RetryingCustomerBatches
from domain.customer import NewCustomer
from domain.errors import EmailAlreadyRegisteredError
from domain.events import Source
from tests.support.customers import new_customer
from tests.support.intercepted_customers import InterceptedCustomers
from tests.support.virtual_time import run_in_virtual_time

FOREVER = float("inf")


class AwayCustomers(InterceptedCustomers):
    """Недоступно для названного имени, пока не пройдёт время; запоминает, кто приходил."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__()
        self._name = name
        self._seconds = seconds
        self.came: list[tuple[str, float]] = []

    async def before(self, customer: NewCustomer) -> NewCustomer:
        now = asyncio.get_running_loop().time()
        self.came.append((customer.name, now))
        if customer.name == self._name and now < self._seconds:
            raise RepositoryUnavailableError("away")
        return customer


def ends(
    customers: AwayCustomers, *wanted: NewCustomer, waiting: list[int] | None = None
) -> Sequence[Outcome]:
    """Исходы просьб одной пачки."""
    told = [] if waiting is None else waiting
    batch: list[CustomerAndKey] = [(one, None) for one in wanted]
    return run_in_virtual_time(RetryingCustomerBatches(customers, told.append).add_all(batch, None))


def test_goes_on_while_the_repository_is_away() -> None:
    customers = AwayCustomers("first", seconds=PATIENCE - 1)
    waiting: list[int] = []
    [end] = ends(customers, new_customer(name="first"), waiting=waiting)
    assert isinstance(end, Registration)
    assert (set(waiting[:-1]), waiting[-1]) == ({1}, 0)
    moments = [moment for _, moment in customers.came]
    pauses = [round(later - sooner, 3) for sooner, later in pairwise(moments)]
    assert pauses == sorted(pauses)
    assert len(pauses) < PATIENCE


def test_nobody_is_told_to_wait_when_nobody_does() -> None:
    waiting: list[int] = []
    ends(AwayCustomers("nobody", seconds=FOREVER), new_customer(), waiting=waiting)
    assert waiting == []


def test_gives_up_when_the_repository_is_away_for_too_long() -> None:
    customers = AwayCustomers("first", seconds=FOREVER)
    waiting: list[int] = []
    [end] = ends(customers, new_customer(name="first"), waiting=waiting)
    assert isinstance(end, RepositoryUnavailableError)
    assert PATIENCE <= customers.came[-1][1] <= PATIENCE + 5
    assert waiting[-1] == 0


@pytest.mark.parametrize("seconds", [30, FOREVER])
def test_later_request_does_not_overtake_an_earlier_one_with_its_address(seconds: float) -> None:
    customers = AwayCustomers("first", seconds)
    names = ("first", "second", "third")
    first, *later = ends(customers, *(new_customer(name=name) for name in names))
    if seconds == FOREVER:
        assert [type(end) for end in (first, *later)] == [RepositoryUnavailableError] * 3
        assert {name for name, _ in customers.came} == {"first"}
    else:
        assert isinstance(first, Registration)
        assert [type(end) for end in later] == [EmailAlreadyRegisteredError] * 2


def test_outcomes_that_are_known_are_not_asked_for_again() -> None:
    customers = AwayCustomers("second", seconds=1)
    emails = ("one@example.ru", "two@example.ru")
    names = ("first", "second")
    people = [new_customer(name=name, email=one) for name, one in zip(names, emails, strict=True)]
    assert [type(end) for end in ends(customers, *people)] == [Registration] * 2
    assert [name for name, _ in customers.came].count("first") == 1


def test_repository_that_takes_nobody_is_away_for_all() -> None:
    class Closed(InMemoryCustomerRepository):
        tries = 0

        async def add_all(
            self, customers: Sequence[CustomerAndKey], source: Source | None
        ) -> Sequence[Outcome]:
            self.tries += 1
            if self.tries == 1:
                raise RepositoryUnavailableError("closed")
            return await super().add_all(customers, source)

    batch: list[CustomerAndKey] = [
        (new_customer(email=f"{number}@example.ru"), None) for number in range(3)
    ]
    stored = run_in_virtual_time(RetryingCustomerBatches(Closed()).add_all(batch, None))
    assert [one.customer.id for one in stored if isinstance(one, Registration)] == [1, 2, 3]
