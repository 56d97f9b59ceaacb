"""Покупатели, кроме стёртых: метки читаются однажды."""

import pytest

from adapters.memory import InMemoryCustomerRepository
from application.customer_repository import Registration
from application.erased_emails import CustomersButErased, ErasedEmails, Tombstones
from tests.support.customers import new_customer


class CountedTombstones(ErasedEmails):
    """Меток нет; помнит, сколько раз их читали."""

    reads = 0

    async def tombstones(self) -> Tombstones:
        self.reads += 1
        return Tombstones()

    async def is_registered(self, email: str) -> bool:
        raise AssertionError(email)


@pytest.mark.anyio
async def test_tombstones_are_read_once_for_all_batches() -> None:
    erased = CountedTombstones()
    customers = CustomersButErased(InMemoryCustomerRepository(), erased)
    for number in range(3):
        [stored] = await customers.add_all([(new_customer(email=f"{number}@e.ru"), None)], None)
        assert isinstance(stored, Registration)
    assert erased.reads == 1
