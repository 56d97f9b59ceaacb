"""Покупатели, кроме стёртых: метки читаются однажды."""

import asyncio

import pytest

from adapters.memory import InMemoryCustomerRepository
from application.erased_emails import CustomersButErased, ErasedEmails, Tombstones
from tests.support.customers import new_customer


class CountedTombstones(ErasedEmails):
    """Меток нет; помнит, сколько раз их читали."""

    reads = 0

    async def tombstones(self) -> Tombstones:
        self.reads += 1
        await asyncio.sleep(0)
        return Tombstones()

    async def is_registered(self, email: str) -> bool:
        raise AssertionError(email)


@pytest.mark.anyio
async def test_tombstones_are_read_once_for_all_who_come_together() -> None:
    erased = CountedTombstones()
    customers = CustomersButErased(InMemoryCustomerRepository(), erased)
    emails = [f"{number}@example.ru" for number in range(3)]
    stored = await asyncio.gather(*(customers.add(new_customer(email=one)) for one in emails))
    assert [one.customer.email for one in stored] == emails
    assert erased.reads == 1
