"""Хранилище в памяти исполняет договор порта."""

import pytest

from adapters.memory import InMemoryCustomerRepository
from tests.customer_repository_contract import CustomerRepositoryContract


class TestInMemoryCustomerRepository(CustomerRepositoryContract):
    @pytest.fixture
    def customers(self) -> InMemoryCustomerRepository:
        return InMemoryCustomerRepository()
