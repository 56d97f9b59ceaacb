"""Хранилище в памяти исполняет договор порта."""

from datetime import datetime

import pytest

from adapters.memory import InMemoryCustomerRepository
from adapters.memory_events import InMemoryEvents
from domain.events import Source
from tests.support.customer_records_contract import CustomerRecordsContract
from tests.support.customer_repository_contract import CustomerRepositoryContract
from tests.support.customers import new_customer
from tests.support.erased_emails_contract import ErasedEmailsContract
from tests.support.registration_counts_contract import RegistrationCountsContract
from tests.support.repeated_registrations_contract import (
    DAY,
    RepeatedRegistrationsContract,
)
from tests.support.stored_events import MemoryEvents
from tests.support.told_events_contract import ToldEventsContract
from tests.support.waiting_events_contract import Shop, WaitingEventsContract


@pytest.fixture
def events() -> MemoryEvents:
    return MemoryEvents(InMemoryEvents())


@pytest.fixture
def customers(events: MemoryEvents) -> InMemoryCustomerRepository:
    return InMemoryCustomerRepository(events.events)


@pytest.fixture
def records(customers: InMemoryCustomerRepository) -> InMemoryCustomerRepository:
    return customers


@pytest.fixture
def erased(customers: InMemoryCustomerRepository) -> InMemoryCustomerRepository:
    return customers


@pytest.fixture
def counts(customers: InMemoryCustomerRepository) -> InMemoryCustomerRepository:
    return customers


class TestInMemoryCustomerRepository(CustomerRepositoryContract):
    """Договор порта."""


class TestEventsInMemory(ToldEventsContract):
    """Договор порта о событиях."""


class TestRepeatsInMemory(RepeatedRegistrationsContract):
    """Договор порта о повторных регистрациях."""


class MemoryShop(Shop):
    """Покупатели и события в памяти; часы переводит тест."""

    def __init__(self) -> None:
        self.now = 0.0
        self.events: InMemoryEvents = InMemoryEvents(lambda: self.now)
        self._customers = InMemoryCustomerRepository(self.events)

    def subscribe(self, name: str) -> None:
        self.events.subscribe(name)

    async def register(self, email: str, source: Source = Source.REGISTRATION) -> None:
        await self._customers.add(new_customer(email=email), None, source)

    async def repeat(self, customer_id: int, at: datetime) -> None:
        await self._customers.tell_repeated(customer_id, at, at - DAY)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def resume(self, name: str) -> None:
        self.events.resume(name)


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop()


class TestWaitingEventsInMemory(WaitingEventsContract):
    """Договор порта событий."""


class TestRecordsInMemory(CustomerRecordsContract):
    """Договор порта о записях."""


class TestCountsInMemory(RegistrationCountsContract):
    """Договор порта о счёте."""


class TestErasedEmailsInMemory(ErasedEmailsContract):
    """Договор порта о метках."""
