"""Договор порта ``CustomerRepository`` о ключах идемпотентности."""

import asyncio
from datetime import timedelta

import pytest

from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import LATER_AT, REGISTERED_AT, new_customer

KEY = IdempotencyKey("9b2f6a1e-7c1d-4b5e-8f0a-2d3c4b5a6978")


@pytest.mark.anyio
class IdempotencyKeysContract:
    """Фикстуру ``customers`` с пустым хранилищем даёт модуль наследника."""

    async def test_same_key_and_other_spelling_of_the_mailbox_give_the_first_outcome_again(
        self, customers: CustomerRepository
    ) -> None:
        first = await customers.add(new_customer(email="οδος@ﬁrma.gr"), KEY)
        assert first.customer.email == "οδος@ﬁrma.gr"
        for spelling in ("ΟΔΟΣ@FIRMA.gr", "οδοσ@firma.gr", "οδος@ﬁrma.gr"):
            again = await customers.add(new_customer(email=spelling, registered_at=LATER_AT), KEY)
            assert again == Registration(first.customer, is_replay=True)
        for changes in ({"email": "οδός@firma.gr"}, {"email": "οδοσ@firma.gr", "age": 34}):
            with pytest.raises(IdempotencyKeyReusedError):
                await customers.add(new_customer(**changes), KEY)

    async def test_simultaneous_spellings_with_one_key_are_one_request(
        self, customers: CustomerRepository
    ) -> None:
        spellings = ("οδος@example.gr", "οδοσ@example.gr", "ΟΔΟΣ@example.gr")
        ended = await asyncio.gather(
            *(customers.add(new_customer(email=spelling), KEY) for spelling in spellings)
        )
        assert [registration.is_replay for registration in ended].count(False) == 1
        assert {registration.customer.email for registration in ended} == {"οδος@example.gr"}

    async def test_same_key_and_data_give_the_first_outcome_again(
        self, customers: CustomerRepository
    ) -> None:
        first = await customers.add(new_customer(), KEY)
        again = await customers.add(
            new_customer(email="IVAN.IVANOV@example.ru", registered_at=LATER_AT), KEY
        )
        assert not first.is_replay
        assert again == Registration(first.customer, is_replay=True)

    async def test_time_that_the_request_brings_stays_and_its_key_has_a_time_of_its_own(
        self, customers: CustomerRepository
    ) -> None:
        used = IdempotencyKey(KEY.value, LATER_AT)
        first = await customers.add(new_customer(), used)
        later = IdempotencyKey(KEY.value, LATER_AT + timedelta(days=1))
        again = await customers.add(new_customer(), later)
        assert (again.customer, again.is_replay, again.used_at) == (first.customer, True, LATER_AT)
        assert first.customer.registered_at == REGISTERED_AT
        for key in (used, KEY):
            with pytest.raises(IdempotencyKeyReusedError):
                await customers.add(new_customer(registered_at=LATER_AT), key)

    @pytest.mark.parametrize(
        "changes",
        [{"email": "pyotr@example.ru"}, {"age": 34}, {"age": None}, {"phone": None}],
        ids=str,
    )
    async def test_same_key_with_other_data_is_refused(
        self, customers: CustomerRepository, changes: dict[str, object]
    ) -> None:
        await customers.add(new_customer(), KEY)
        with pytest.raises(IdempotencyKeyReusedError):
            await customers.add(new_customer(**changes), KEY)
        assert (await customers.add(new_customer(email="new@example.ru"))).customer.id == 2

    async def test_other_key_with_same_data_is_a_taken_email(
        self, customers: CustomerRepository
    ) -> None:
        await customers.add(new_customer(), KEY)
        with pytest.raises(EmailAlreadyRegisteredError):
            await customers.add(new_customer(), IdempotencyKey("other"))
        with pytest.raises(EmailAlreadyRegisteredError):
            await customers.add(new_customer())

    async def test_refusal_leaves_the_key_free(self, customers: CustomerRepository) -> None:
        await customers.add(new_customer())
        with pytest.raises(EmailAlreadyRegisteredError):
            await customers.add(new_customer(), KEY)
        registration = await customers.add(new_customer(email="pyotr@example.ru"), KEY)
        assert (registration.customer.id, registration.is_replay) == (2, False)

    async def test_of_simultaneous_calls_with_one_key_one_registers(
        self, customers: CustomerRepository
    ) -> None:
        ended = await asyncio.gather(*(customers.add(new_customer(), KEY) for _ in range(5)))
        assert [registration.is_replay for registration in ended].count(False) == 1
        assert {registration.customer.id for registration in ended} == {1}

    async def test_of_simultaneous_data_with_one_key_one_registers(
        self, customers: CustomerRepository
    ) -> None:
        ended = await asyncio.gather(
            *(customers.add(new_customer(email=f"{n}@example.ru"), KEY) for n in range(5)),
            return_exceptions=True,
        )
        refused = [end for end in ended if isinstance(end, Exception)]
        assert {type(error) for error in refused} == {IdempotencyKeyReusedError}
        assert len(refused) == 4
        assert (await customers.add(new_customer(email="new@example.ru"))).customer.id == 2

    async def test_of_simultaneous_keys_with_one_email_one_registers(
        self, customers: CustomerRepository
    ) -> None:
        ended = await asyncio.gather(
            *(customers.add(new_customer(), IdempotencyKey(f"{n}")) for n in range(5)),
            customers.add(new_customer()),
            return_exceptions=True,
        )
        refused = [end for end in ended if isinstance(end, Exception)]
        assert {type(error) for error in refused} == {EmailAlreadyRegisteredError}
        assert len(refused) == 5

    async def test_refused_first_with_a_key_gives_way_to_the_next(
        self, customers: CustomerRepository
    ) -> None:
        await customers.add(new_customer(), KEY)
        ended = await asyncio.gather(
            customers.add(new_customer(email="new@example.ru"), KEY),
            customers.add(new_customer(email="new@example.ru")),
            customers.add(new_customer(email="new@example.ru"), IdempotencyKey("new")),
            return_exceptions=True,
        )
        assert [type(end) for end in ended] == [
            IdempotencyKeyReusedError,
            Registration,
            EmailAlreadyRegisteredError,
        ]

    async def test_key_may_hold_any_printable_character(
        self, customers: CustomerRepository
    ) -> None:
        key = IdempotencyKey("".join(map(chr, range(0x20, 0x7F))))
        first = await customers.add(new_customer(), key)
        assert (await customers.add(new_customer(), key)).customer == first.customer
