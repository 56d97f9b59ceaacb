"""Хранилище в памяти исполняет договор порта."""

import pytest

from adapters.memory import InMemoryCustomerRepository
from adapters.memory_events import InMemoryEvents
from tests.support.customer_repository_contract import CustomerRepositoryContract
from tests.support.stored_events import MemoryEvents
from tests.support.told_events_contract import ToldEventsContract


@pytest.fixture
def events() -> MemoryEvents:
    return MemoryEvents(InMemoryEvents())


@pytest.fixture
def customers(events: MemoryEvents) -> InMemoryCustomerRepository:
    return InMemoryCustomerRepository(events.events)


class TestInMemoryCustomerRepository(CustomerRepositoryContract):
    """Договор порта."""


class TestEventsInMemory(ToldEventsContract):
    """Договор порта о событиях."""
