"""Договор порта ``CustomerRepository``: одни и те же тесты на каждом адаптере."""

import asyncio
from abc import abstractmethod

import attrs
import pytest

from application.customer_repository import CustomerRepository
from domain.errors import EmailAlreadyRegisteredError
from tests.customers import new_customer

SPELLINGS = ("ivan@example.ru", "Ivan@Example.RU", " IVAN@example.ru ", "ivan@EXAMPLE.ru")


@pytest.mark.anyio
class CustomerRepositoryContract:
    """Наследник даёт фикстуру ``customers`` с пустым хранилищем."""

    @abstractmethod
    @pytest.fixture
    def customers(self) -> CustomerRepository:
        """Пустое хранилище."""

    async def test_returns_what_was_stored_with_an_id(self, customers: CustomerRepository) -> None:
        new = new_customer(phone=None)
        stored = (await customers.add(new)).customer
        assert attrs.asdict(stored) == {**attrs.asdict(new), "id": 1}

    async def test_refuses_a_taken_email(self, customers: CustomerRepository) -> None:
        await customers.add(new_customer())
        with pytest.raises(EmailAlreadyRegisteredError) as caught:
            await customers.add(new_customer(name="Pyotr", email="IVAN.IVANOV@example.ru"))
        assert caught.value.email == "ivan.ivanov@example.ru"
        assert "ivan" not in str(caught.value)

    async def test_refused_customer_takes_no_id(self, customers: CustomerRepository) -> None:
        await customers.add(new_customer())
        for _ in range(5):
            with pytest.raises(EmailAlreadyRegisteredError):
                await customers.add(new_customer())
        assert (await customers.add(new_customer(email="pyotr@example.ru"))).customer.id == 2

    async def test_one_of_simultaneous_spellings_wins(self, customers: CustomerRepository) -> None:
        outcomes = await asyncio.gather(
            *(customers.add(new_customer(email=spelling)) for spelling in SPELLINGS),
            return_exceptions=True,
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert len(refused) == len(SPELLINGS) - 1
        assert {type(error) for error in refused} == {EmailAlreadyRegisteredError}

    async def test_simultaneous_customers_get_different_ids(
        self, customers: CustomerRepository
    ) -> None:
        stored = await asyncio.gather(
            *(customers.add(new_customer(email=f"{n}@example.ru")) for n in range(20))
        )
        assert len({registration.customer.id for registration in stored}) == 20

    async def test_keeps_every_kind_of_text(self, customers: CustomerRepository) -> None:
        new = new_customer(name="Ёж 🦾 ' \" \\ % :x", email="иван@пример.рф", address="例" * 255)
        stored = (await customers.add(new)).customer
        assert (stored.name, stored.email, stored.address) == (new.name, new.email, new.address)
