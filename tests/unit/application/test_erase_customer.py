"""Показать и стереть: кого назвали, того и находят, а кого нет — о том говорят без его адреса."""

import pytest

from adapters.memory import InMemoryCustomerRepository
from application.erase_customer import EraseCustomer, FindCustomer, UnknownCustomerError
from tests.support.customers import new_customer


@pytest.fixture
async def records() -> InMemoryCustomerRepository:
    customers = InMemoryCustomerRepository()
    await customers.add(new_customer())
    return customers


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("who", ["1", "001", "Ivan.Ivanov@Example.RU", " ivan.ivanov@example.ru"])
async def test_finds_by_id_or_by_any_spelling(
    records: InMemoryCustomerRepository, who: str
) -> None:
    assert (await FindCustomer(records)(who)).id == 1


@pytest.mark.parametrize("who", ["οδος@ﬁrma.gr", "οδοσ@firma.gr", "ΟΔΟΣ@FIRMA.GR"])
async def test_finds_by_any_spelling_of_the_mailbox(who: str) -> None:
    customers = InMemoryCustomerRepository()
    await customers.add(new_customer(email="οδος@ﬁrma.gr"))
    assert (await FindCustomer(customers)(who)).fields["email"] == "οδος@ﬁrma.gr"


@pytest.mark.parametrize("who", ["2", "0", "-1", "9" * 400, "٣", "", "nobody@example.ru", "\0"])
async def test_nobody_is_told_without_repeating_who(
    records: InMemoryCustomerRepository, who: str
) -> None:
    with pytest.raises(UnknownCustomerError) as caught:
        await FindCustomer(records)(who)
    assert str(caught.value) == "no such customer"


async def test_erases_once(records: InMemoryCustomerRepository) -> None:
    erase = EraseCustomer(records)
    assert (await erase(1)).customer_id == 1
    with pytest.raises(UnknownCustomerError):
        await erase(1)
