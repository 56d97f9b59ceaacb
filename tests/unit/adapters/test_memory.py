"""Хранилище в памяти исполняет договор порта."""

import pytest

from adapters.memory import InMemoryCustomerRepository
from tests.support.customer_repository_contract import CustomerRepositoryContract


@pytest.fixture
def customers() -> InMemoryCustomerRepository:
    return InMemoryCustomerRepository()


class TestInMemoryCustomerRepository(CustomerRepositoryContract):
    """Договор порта."""
