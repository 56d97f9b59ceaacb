"""Столбцы, которых эта программа не знает, ничему не мешают, как бы они ни назывались."""

from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.delivery.operations import replay_since
from adapters.postgres.delivery.past import tail
from adapters.postgres.delivery.waiting import PostgresWaitingEvents, postgres_events
from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.registration_counts import PostgresRegistrationCounts
from adapters.postgres.schema.upgrade import migrate
from adapters.postgres.tables import customers as table
from adapters.postgres.tables import metadata
from application.customer_records import Erasure
from application.idempotency import IdempotencyKey
from application.registration_counts import CountRequest
from application.waiting_events import Settlement
from domain.errors import EmailAlreadyRegisteredError
from domain.events import RegistrationRepeated
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.repeated_registrations_contract import AT, DAY
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio

# Имена столбцов остальных таблиц и то, что команды называют сами.
OF_OTHERS = {column.name for other in metadata.tables.values() for column in other.columns}
OF_COMMANDS = {"place", "registered", "since", "position", "letters", "owner_id", "keys", "events"}
OWN = sorted((OF_OTHERS | OF_COMMANDS) - {column.name for column in table.columns})


@pytest.fixture
def own_columns(database: str) -> str:
    """Адрес базы данных, в чьей таблице покупателей есть столбцы со всеми этими именами."""
    added = sql.SQL(", ").join(
        sql.SQL("ADD {} bigint DEFAULT 77").format(sql.Identifier(name)) for name in OWN
    )
    with psycopg.connect(database) as connection:
        connection.execute(sql.SQL("ALTER TABLE customers ") + added)
    PostgresEvents(database).subscribe("crm")
    return database


async def delivered(events: PostgresWaitingEvents) -> list[int]:
    """Берёт и отмечает всё, что ждёт; возвращает, о ком оно."""
    taken = await events.take("crm", 10, 8.0)
    await events.settle([Settlement(event=event) for event in taken])
    return [event.happened.customer_id for event in taken]


async def test_customers_are_registered_and_told_of(own_columns: str) -> None:
    migrate(own_columns, log_sql=False)
    keys = [None, IdempotencyKey("k"), None]
    async with (
        postgres_customers(own_columns, log_sql=False, is_discreet=True) as customers,
        postgres_events(own_columns, log_sql=False, keep_days=1) as events,
    ):
        for number, key in enumerate(keys, 1):
            new = new_customer(email=f"{number}@example.ru")
            assert (await customers.add(new, key)).customer.id == number
            with pytest.raises(EmailAlreadyRegisteredError):
                await customers.add(new)
        assert await delivered(events) == [1, 2, 3]
        await customers.tell_repeated(2, AT, AT - DAY)
        await customers.tell_repeated(9, AT, AT - DAY)
        [repeat] = await events.take("crm", 10, 8.0)
        assert isinstance(repeat.happened, RegistrationRepeated)
        assert repeat.happened.customer_id == 2
        assert list(replay_since(own_columns, "crm", since=None, log_sql=False)) == [3]
        execute(own_columns, "DELETE FROM customers WHERE id = 3")
        assert await delivered(events) == [1, 2]
    told = tail(own_columns, seen=set(), log_sql=False)
    assert sorted(one.customer_id for one in told) == [1, 1, 2, 2, 3]


async def test_customers_are_counted_shown_and_erased(own_columns: str) -> None:
    async with postgres_customers(own_columns, log_sql=False) as customers:
        await customers.add(new_customer(email="ivan@example.ru"), IdempotencyKey("k"))
    counts = PostgresRegistrationCounts(own_columns, timeout=30, log_sql=False)
    borders = (REGISTERED_AT, REGISTERED_AT + timedelta(days=1))
    counted = await counts.count(CountRequest(borders=borders, fewest=1, most=9, ages=(18,)))
    assert (counted.between, counted.all_countries) == ((1,), 1)
    records = PostgresCustomerRecords(own_columns, log_sql=False)
    found = await records.find("ivan@example.ru")
    assert found
    assert (found.id, found.keys, found.events) == (1, 1, 1)
    assert await records.erase(1, leaves_tombstone=False) == Erasure(1, 1, 1)
