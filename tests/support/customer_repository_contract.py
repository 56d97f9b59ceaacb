"""Договор порта ``CustomerRepository``: одни и те же тесты на каждом адаптере."""

import asyncio

import attrs
import pytest

from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer
from tests.support.idempotency_keys_contract import KEY, IdempotencyKeysContract
from tests.support.spellings import ONE_MAILBOX, TWO_MAILBOXES

SPELLINGS = ("ivan@example.ru", "Ivan@Example.RU", " IVAN@example.ru ", "ivan@EXAMPLE.ru")


@pytest.mark.anyio
class CustomerRepositoryContract(IdempotencyKeysContract):
    """Фикстуру ``customers`` с пустым хранилищем даёт модуль наследника."""

    async def test_returns_what_was_stored_with_an_id(self, customers: CustomerRepository) -> None:
        new = new_customer(phone=None)
        stored = (await customers.add(new)).customer
        assert attrs.asdict(stored) == {**attrs.asdict(new), "id": 1}

    async def test_refuses_a_taken_email(self, customers: CustomerRepository) -> None:
        await customers.add(new_customer())
        with pytest.raises(EmailAlreadyRegisteredError) as caught:
            await customers.add(new_customer(name="Pyotr", email="IVAN.IVANOV@example.ru"))
        assert caught.value.email == "ivan.ivanov@example.ru"
        assert caught.value.customer_id == 1
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

    async def test_one_mailbox_is_one_customer(self, customers: CustomerRepository) -> None:
        for number, spellings in enumerate(ONE_MAILBOX):
            one, other = (f"{number}.{spelling}" for spelling in spellings)
            first = (await customers.add(new_customer(email=one))).customer
            assert first.email == new_customer(email=one).email
            with pytest.raises(EmailAlreadyRegisteredError) as caught:
                await customers.add(new_customer(email=other))
            assert caught.value.customer_id == first.id

    async def test_simultaneous_spellings_of_one_mailbox_are_one_customer(
        self, customers: CustomerRepository
    ) -> None:
        keys = [None, None, IdempotencyKey("one"), IdempotencyKey("other")]
        ended = await asyncio.gather(
            *(
                customers.add(new_customer(email=f"{number}.{spelling}"), key)
                for number, (one, other) in enumerate(ONE_MAILBOX)
                for spelling, key in zip((one, other, one, other), keys, strict=True)
            ),
            return_exceptions=True,
        )
        group = [Registration] + 3 * [EmailAlreadyRegisteredError]
        assert [type(end) for end in ended] == len(ONE_MAILBOX) * group

    async def test_two_mailboxes_are_two_customers(self, customers: CustomerRepository) -> None:
        ended = await asyncio.gather(
            *(
                customers.add(new_customer(email=f"{number}.{spelling}"))
                for number, spellings in enumerate(TWO_MAILBOXES)
                for spelling in spellings
            )
        )
        assert len({registration.customer.id for registration in ended}) == 2 * len(TWO_MAILBOXES)

    async def test_of_simultaneous_calls_with_one_customer_one_registers(
        self, customers: CustomerRepository
    ) -> None:
        new = new_customer()
        ended = await asyncio.gather(customers.add(new), customers.add(new), return_exceptions=True)
        assert [type(end) for end in ended] == [Registration, EmailAlreadyRegisteredError]

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

    async def test_simultaneous_requests_are_answered_in_the_order_of_arrival(
        self, customers: CustomerRepository
    ) -> None:
        # Вторая ключа не занимает, третья занимает; четвёртой это уже известно.
        ended = await asyncio.gather(
            customers.add(new_customer(email="a@example.ru")),
            customers.add(new_customer(email="a@example.ru"), KEY),
            customers.add(new_customer(email="b@example.ru"), KEY),
            customers.add(new_customer(email="a@example.ru"), KEY),
            return_exceptions=True,
        )
        assert [type(end) for end in ended] == [
            Registration,
            EmailAlreadyRegisteredError,
            Registration,
            IdempotencyKeyReusedError,
        ]

    async def test_batch_ends_as_its_requests_would_in_turn(
        self, customers: CustomerRepository
    ) -> None:
        one, other = new_customer(email="a@example.ru"), new_customer(email="b@example.ru")
        batch = [(one, None), (one, KEY), (other, KEY), (other, KEY), (one, KEY), (other, None)]
        ended = await customers.add_all(batch, None)
        assert [type(end) for end in ended] == [
            Registration,
            EmailAlreadyRegisteredError,
            Registration,
            Registration,
            IdempotencyKeyReusedError,
            EmailAlreadyRegisteredError,
        ]
        assert isinstance(again := ended[3], Registration)
        assert again.is_replay
        assert again.customer.id == 2
        assert await customers.add_all([], None) == []
