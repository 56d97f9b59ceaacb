"""Записи об одном покупателе в PostgreSQL: договор порта и гонки с регистрацией."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC
from hashlib import sha256

import psycopg
import pytest

from adapters.postgres.connection import DatabaseError
from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.erased_emails import PostgresErasedEmails
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.customer_repository import RepositoryUnavailableError
from application.erased_emails import Tombstones
from application.idempotency import IdempotencyKey
from tests.support.customer_records_contract import CustomerRecordsContract
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.erased_emails_contract import ErasedEmailsContract
from tests.support.eventually import eventually
from tests.support.sql import add_trigger, execute, order
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with postgres_customers(database, log_sql=True) as customers:
        yield customers


@pytest.fixture
def records(database: str) -> PostgresCustomerRecords:
    return PostgresCustomerRecords(database, log_sql=True)


@pytest.fixture
def events(database: str) -> PostgresEvents:
    return PostgresEvents(database)


@pytest.fixture
def erased(database: str) -> PostgresErasedEmails:
    return PostgresErasedEmails(database, log_sql=True)


class TestPostgresErasedEmails(ErasedEmailsContract):
    """Договор порта о метках."""


class TestPostgresCustomerRecords(CustomerRecordsContract):
    """Договор порта."""


async def test_past_events_are_erased_too(
    database: str,
    customers: PostgresCustomerRepository,
    records: PostgresCustomerRecords,
    events: PostgresEvents,
) -> None:
    events.subscribe("shop")
    await customers.add(new_customer())
    execute(
        database,
        "INSERT INTO past_events (id, subscriber_id, type, customer_id, source, attempts)"
        " SELECT id, subscriber_id, type, customer_id, source, 1 FROM waiting_events",
    )
    erased = await records.erase(1, leaves_tombstone=False)
    assert erased
    assert erased.events == 2
    assert execute(database, "SELECT count(*) FROM past_events") == [(0,)]


async def test_adopted_customer_without_an_email_is_erased_whole(
    database: str, customers: PostgresCustomerRepository, records: PostgresCustomerRecords
) -> None:
    await customers.add(new_customer(), IdempotencyKey("k"))
    execute(database, "ALTER TABLE customers ALTER email DROP NOT NULL")
    execute(database, "UPDATE customers SET email = NULL")
    erased = await records.erase(1, leaves_tombstone=True)
    assert erased
    assert erased.keys == 1


async def test_nothing_is_erased_if_one_part_is_refused(
    database: str, customers: PostgresCustomerRepository, records: PostgresCustomerRecords
) -> None:
    await customers.add(new_customer(), IdempotencyKey("k"))
    action = "RAISE EXCEPTION 'kept'"
    add_trigger(database, "keep", "BEFORE DELETE ON idempotency_keys FOR EACH ROW", action)
    with pytest.raises(DatabaseError, match="PostgreSQL refused: RaiseException, sqlstate P0001"):
        await records.erase(1, leaves_tombstone=False)
    assert await records.find(1)


async def test_moment_of_a_column_with_a_time_zone_is_the_moment_itself(
    database: str, records: PostgresCustomerRecords
) -> None:
    execute(database, "ALTER TABLE customers ALTER registered_at TYPE timestamptz")
    order(database, "TimeZone", "Asia/Tokyo")
    async with postgres_customers(database, log_sql=True) as customers:
        await customers.add(new_customer())
    found = await records.find(1)
    assert found
    assert found.registered_at
    assert (found.registered_at, found.registered_at.tzinfo) == (REGISTERED_AT, UTC)


def is_waiting(database: str) -> bool:
    """Ждёт ли кто-нибудь чужого замка."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return execute(database, waiting) != [(0,)]


async def test_registration_under_way_becomes_a_new_customer_after_the_erasure(
    database: str, customers: PostgresCustomerRepository, records: PostgresCustomerRecords
) -> None:
    await customers.add(new_customer())
    with psycopg.connect(database) as holder:
        # Стирание, застывшее между двумя таблицами: покупатель уже удалён, ключи ещё нет.
        holder.execute("LOCK TABLE idempotency_keys IN SHARE MODE")
        erasing = asyncio.create_task(records.erase(1, leaves_tombstone=False))
        await asyncio.to_thread(eventually, lambda: is_waiting(database))
        registering = asyncio.create_task(customers.add(new_customer(), IdempotencyKey("new")))
        holder.rollback()
        assert await erasing
        registered = (await registering).customer
    found = await records.find(registered.email)
    assert found
    assert (found.id, found.keys) == (registered.id, 1)
    assert registered.id != 1


async def test_of_two_erasures_one_finds_nobody(
    customers: PostgresCustomerRepository, records: PostgresCustomerRecords
) -> None:
    await customers.add(new_customer())
    outcomes = await asyncio.gather(
        records.erase(1, leaves_tombstone=False), records.erase(1, leaves_tombstone=False)
    )
    assert sorted(one is not None for one in outcomes) == [False, True]


async def test_tombstone_holds_no_address_and_another_database_salts_it_otherwise(
    database: str, customers: PostgresCustomerRepository, records: PostgresCustomerRecords
) -> None:
    await customers.add(new_customer())
    await records.erase(1, leaves_tombstone=True)
    both = "SELECT digest, salt FROM tombstones, tombstone_salt"
    ((digest, salt),) = execute(database, both)
    assert isinstance(salt, bytes)
    assert len(salt) == 32
    assert digest == sha256(salt + new_customer().email.encode()).digest()


async def test_tombstone_of_an_adopted_spelling_is_of_what_an_import_looks_for(
    database: str, records: PostgresCustomerRecords, erased: PostgresErasedEmails
) -> None:
    add = "INSERT INTO customers (name, email, registered_at) VALUES ('Anna', %s, now())"
    for number, email in enumerate([" Anna@Shop.Example", "οδος@xn--e1afmkfd.example"], 1):
        execute(database, add, email)
        await records.erase(number, leaves_tombstone=True)
        looked_for = new_customer(email=email).compared_email
        assert looked_for != email
        assert looked_for in await erased.tombstones()


async def test_schema_without_tombstones_has_none(
    database: str, erased: PostgresErasedEmails
) -> None:
    execute(database, "DROP TABLE tombstones, tombstone_salt")
    assert await erased.tombstones() == Tombstones()


@pytest.mark.parametrize(
    "missing",
    [
        "tombstones, tombstone_salt",
        "repeated_registrations",
        "emails_as_given",
        "waiting_events, past_events",
    ],
)
async def test_older_schema_erases_nothing_and_says_how_to_renew_it(
    database: str,
    customers: PostgresCustomerRepository,
    records: PostgresCustomerRecords,
    missing: str,
) -> None:
    await customers.add(new_customer())
    execute(database, f"DROP TABLE {missing}")
    with pytest.raises(DatabaseError, match="run crm-api migrate up"):
        await records.erase(1, leaves_tombstone=False)
    assert execute(database, "SELECT count(*) FROM customers") == [(1,)]


async def test_absent_database_is_told_as_one_that_may_come_back() -> None:
    absent = PostgresErasedEmails("postgresql://127.0.0.1:9/shop", log_sql=False)
    with pytest.raises(RepositoryUnavailableError, match="cannot reach the database"):
        await absent.is_registered("ivan@example.ru")
    with pytest.raises(RepositoryUnavailableError, match="cannot reach the database"):
        await absent.tombstones()


async def test_second_salt_is_one_line(database: str, erased: PostgresErasedEmails) -> None:
    execute(database, "INSERT INTO tombstone_salt VALUES ('')")
    with pytest.raises(DatabaseError, match="tombstone_salt has 2 rows"):
        await erased.tombstones()
