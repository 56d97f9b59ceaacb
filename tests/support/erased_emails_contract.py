"""Договор порта ``ErasedEmails``: одни и те же тесты на каждом адаптере."""

import pytest

from application.customer_records import CustomerRecords
from application.customer_repository import CustomerRepository, Registration
from application.erased_emails import CustomersButErased, EmailErasedError, ErasedEmails
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer


@pytest.mark.anyio
class ErasedEmailsContract:
    """Фикстуры ``customers``, ``records`` и ``erased`` над одним хранилищем даёт наследник."""

    async def test_nobody_is_marked_unasked(
        self, customers: CustomerRepository, records: CustomerRecords, erased: ErasedEmails
    ) -> None:
        await customers.add(new_customer())
        await records.erase(1, leaves_tombstone=False)
        assert new_customer().email not in await erased.tombstones()

    async def test_erased_one_is_not_stored_again(
        self, customers: CustomerRepository, records: CustomerRecords, erased: ErasedEmails
    ) -> None:
        await customers.add(new_customer())
        await records.erase(1, leaves_tombstone=True)
        known = await erased.tombstones()
        assert new_customer().email in known
        left = CustomersButErased(customers, erased)
        other = new_customer(email="pyotr@example.ru")
        assert other.email not in known
        refused, stored = await left.add_all([(new_customer(), None), (other, None)], None)
        assert isinstance(refused, EmailErasedError)
        assert "@" not in str(refused)
        assert isinstance(stored, Registration)
        assert stored.customer.email == other.email

    async def test_erased_one_is_known_by_any_spelling_of_the_mailbox(
        self, customers: CustomerRepository, records: CustomerRecords, erased: ErasedEmails
    ) -> None:
        await customers.add(new_customer(email="οδος@ﬁrma.gr"))
        await records.erase(1, leaves_tombstone=True)
        left = CustomersButErased(customers, erased)
        spellings = ("οδος@ﬁrma.gr", "οδοσ@firma.gr", "ΟΔΟΣ@FIRMA.gr")
        refused = [(new_customer(email=one), None) for one in spellings]
        assert [type(one) for one in await left.add_all(refused, None)] == [EmailErasedError] * 3
        await customers.add(new_customer(email="οδοσ@ﬁrma.gr"))
        [outcome] = await left.add_all([(new_customer(email="οδος@firma.gr"), None)], None)
        assert isinstance(outcome, EmailAlreadyRegisteredError)

    async def test_own_registration_makes_the_mark_void_and_the_next_erasure_removes_it(
        self, customers: CustomerRepository, records: CustomerRecords, erased: ErasedEmails
    ) -> None:
        new = new_customer()
        for email in (new.email, "pyotr@example.ru"):
            await customers.add(new_customer(email=email))
        await records.erase(1, leaves_tombstone=True)
        await records.erase(2, leaves_tombstone=True)
        assert not await erased.is_registered(new.email)
        again = (await customers.add(new)).customer
        assert await erased.is_registered(new.email)
        await records.erase(again.id, leaves_tombstone=True)
        assert new.email in await erased.tombstones()
        again = (await customers.add(new)).customer
        await records.erase(again.id, leaves_tombstone=False)
        known = await erased.tombstones()
        assert new.email not in known
        assert "pyotr@example.ru" in known
