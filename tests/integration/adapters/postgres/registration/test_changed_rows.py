"""Таблица меняет то, что ей послали: потерянный ответ не делает просьбу чужой самой себе."""

import pytest

from application.customer_repository import Registration, RepositoryUnavailableError
from domain.errors import EmailAlreadyRegisteredError
from tests.support.batches import patient_customers
from tests.support.customers import LATER_AT, new_customer
from tests.support.lossy_link import Loss, lossy_link
from tests.support.sql import add_trigger, execute

pytestmark = pytest.mark.anyio

BEFORE = "BEFORE INSERT ON customers FOR EACH ROW", "NEW.phone := '1'; RETURN NEW"
AFTER = (
    "AFTER INSERT ON customers FOR EACH ROW",
    "UPDATE customers SET name = 'Changed' WHERE id = NEW.id; RETURN NULL",
)
WHOLE = "AFTER INSERT ON customers", "UPDATE customers SET name = 'Changed'; RETURN NULL"
COARSE = "ALTER TABLE customers ALTER registered_at TYPE timestamp(0)"


def change_rows(database: str, change: tuple[str, str] | str) -> None:
    if isinstance(change, str):
        execute(database, change)
    else:
        add_trigger(database, "change", *change)


@pytest.mark.parametrize(
    "change",
    [BEFORE, AFTER, WHOLE, COARSE],
    ids=["trigger before", "trigger after", "trigger of the statement", "whole seconds"],
)
@pytest.mark.parametrize("loss", Loss)
async def test_lost_answer_leaves_the_registration_its_own(
    database: str, change: tuple[str, str] | str, loss: Loss
) -> None:
    change_rows(database, change)
    async with lossy_link(database) as link, patient_customers(link.url) as customers:
        await customers.add(new_customer(email="first@example.ru"))
        link.lose(loss)
        registration = await customers.add(new_customer(registered_at=LATER_AT))
        with pytest.raises(EmailAlreadyRegisteredError):
            await customers.add(new_customer(registered_at=LATER_AT))
    assert registration == Registration(registration.customer, is_replay=False)
    assert execute(database, "SELECT count(*) FROM customers") == [(2,)]


async def test_lost_answer_to_what_was_sent_before_the_trigger_is_not_guessed(
    database: str,
) -> None:
    async with lossy_link(database) as link, patient_customers(link.url) as customers:
        await customers.add(new_customer(email="first@example.ru"))
        change_rows(database, AFTER)
        link.lose(Loss.ANSWER)
        with pytest.raises(RepositoryUnavailableError, match="not known whether it was stored"):
            await customers.add(new_customer())


async def test_rows_that_stay_as_they_are_get_no_made_key(database: str) -> None:
    async with patient_customers(database) as customers:
        await customers.add(new_customer())
    assert execute(database, "SELECT count(*) FROM idempotency_keys") == [(0,)]
