"""Договор порта ``CustomerRecords``: одни и те же тесты на каждом адаптере."""

import pytest

from application.customer_records import CustomerRecords, Erasure
from application.customer_repository import CustomerRepository
from application.idempotency import IdempotencyKey
from domain.customer import RULES
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.repeated_registrations_contract import AT, DAY, Repository
from tests.support.told_events_contract import ToldEvents

FIRST, SECOND = IdempotencyKey("first"), IdempotencyKey("second")


@pytest.mark.anyio
class CustomerRecordsContract:
    """Фикстуры ``customers``, ``records`` и ``events`` над одним хранилищем даёт наследник."""

    async def test_finds_by_id_and_by_email(
        self, customers: CustomerRepository, records: CustomerRecords, events: ToldEvents
    ) -> None:
        events.subscribe("shop")
        new = new_customer(phone=None)
        await customers.add(new, FIRST)
        found = await records.find(1)
        assert found
        assert found == await records.find(new.email)
        assert found.fields == {name: getattr(new, name) for name in RULES}
        assert list(found.fields) == list(RULES)
        assert (found.id, found.registered_at) == (1, REGISTERED_AT)
        assert (found.keys, found.events) == (1, 1)

    async def test_finds_by_what_is_compared_and_shows_the_email_as_it_was_given(
        self, customers: CustomerRepository, records: CustomerRecords
    ) -> None:
        new = new_customer(email="οδος@ｅxample.gr")
        await customers.add(new)
        found = await records.find("οδοσ@example.gr")
        assert found
        assert found.fields["email"] == new.email == "οδος@ｅxample.gr"
        assert await records.erase(1, leaves_tombstone=False) == Erasure(1, 0, 0)
        assert (await customers.add(new_customer(email="ΟΔΟΣ@example.gr"))).customer.id == 2

    async def test_nobody_is_found_who_is_not_there(self, records: CustomerRecords) -> None:
        assert await records.find(1) is None
        assert await records.erase(1, leaves_tombstone=False) is None
        for who in (1, 2**53, "ivan@example.ru", "a\0@b.ru", "\udcff@b.ru"):
            assert await records.find(who) is None

    async def test_erases_a_customer_with_his_keys_and_events_and_nobody_else(
        self, customers: CustomerRepository, records: CustomerRecords, events: ToldEvents
    ) -> None:
        events.subscribe("shop")
        await customers.add(new_customer(), FIRST)
        await customers.add(new_customer(email="pyotr@example.ru"), SECOND)
        other = await records.find(2)
        assert await records.erase(1, leaves_tombstone=False) == Erasure(1, 1, 1)
        assert await records.find(1) is None
        assert await records.find(2) == other
        assert await records.erase(1, leaves_tombstone=False) is None

    async def test_erases_what_was_told_of_repeats(
        self, customers: Repository, records: CustomerRecords, events: ToldEvents
    ) -> None:
        events.subscribe("shop")
        await customers.add(new_customer())
        await customers.tell_repeated(1, AT, AT - DAY)
        assert await records.erase(1, leaves_tombstone=False) == Erasure(1, 0, 2)
        assert events.repeated() == []

    async def test_erased_customer_may_register_anew_with_a_new_id(
        self, customers: CustomerRepository, records: CustomerRecords
    ) -> None:
        await customers.add(new_customer(), FIRST)
        await customers.add(new_customer(email="pyotr@example.ru"))
        await records.erase(1, leaves_tombstone=False)
        again = await customers.add(new_customer(), FIRST)
        assert (again.customer.id, again.is_replay) == (3, False)
        assert await records.erase(3, leaves_tombstone=False) == Erasure(3, 1, 0)
