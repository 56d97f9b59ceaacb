"""События в PostgreSQL: договор порта, вместе с покупателем или никак, и после обновления тоже."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from adapters.postgres.schema.upgrade import migrate
from application.idempotency import IdempotencyKey
from domain.events import Source
from tests.support.customers import new_customer
from tests.support.lossy_link import Loss, lossy_link
from tests.support.markdown import blocks
from tests.support.schema import ADD, LATER_TABLES, emails
from tests.support.sql import add_trigger, execute
from tests.support.stored_events import PostgresEvents
from tests.support.told_events_contract import ToldEventsContract


@pytest.fixture
def events(database: str) -> PostgresEvents:
    return PostgresEvents(database)


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with postgres_customers(database, log_sql=True) as customers:
        yield customers


class TestEventsInPostgres(ToldEventsContract):
    """Договор порта о событиях."""


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("key", [None, IdempotencyKey("k")], ids=["plain", "keyed"])
async def test_customer_whose_event_is_not_written_is_not_stored(
    database: str,
    events: PostgresEvents,
    customers: PostgresCustomerRepository,
    key: IdempotencyKey | None,
) -> None:
    events.subscribe("crm")
    add_trigger(database, "refuse", "BEFORE INSERT ON waiting_events", "RAISE EXCEPTION 'no'")
    with pytest.raises(UnexpectedDatabaseError):
        await customers.add(new_customer(), key)
    assert (emails(database), events.told()) == ({}, [])


@pytest.mark.parametrize("loss", Loss)
async def test_lost_answer_leaves_one_event(
    database: str, events: PostgresEvents, loss: Loss
) -> None:
    events.subscribe("crm")
    async with (
        lossy_link(database) as link,
        postgres_customers(link.url, log_sql=False) as customers,
    ):
        await customers.add(new_customer(email="first@example.ru"))
        link.lose(loss)
        await customers.add(new_customer(email="second@example.ru"))
    assert [number for _, number, _ in events.told()] == sorted(emails(database))


async def test_event_keeps_the_trace_of_its_registration(
    database: str, events: PostgresEvents
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    events.subscribe("crm")
    async with postgres_customers(database, log_sql=False, trace=lambda: trace) as customers:
        await customers.add(new_customer())
    assert execute(database, "SELECT trace FROM waiting_events") == [(trace,)]


async def test_role_that_may_write_keys_may_write_events_after_the_upgrade(
    empty_database: str,
) -> None:
    role = f"writer_{psycopg.conninfo.conninfo_to_dict(empty_database)['dbname']}"
    name = sql.Identifier(role).as_string()
    migrate(empty_database, log_sql=False)
    execute(
        empty_database,
        f"DROP TABLE {LATER_TABLES}; UPDATE crm_api_schema_version SET version_num = '0003';"  # noqa: S608 — имена теста
        f"CREATE ROLE {name};"
        f"GRANT SELECT, INSERT, UPDATE ON customers, idempotency_keys TO {name};"
        f"GRANT USAGE ON SEQUENCE customers_id_seq TO {name}",
    )
    try:
        migrate(empty_database, log_sql=False)
        events = PostgresEvents(empty_database)
        events.subscribe("crm")
        url = make_conninfo(empty_database, options=f"-c role={role}")
        async with postgres_customers(url, log_sql=False) as customers:
            await customers.add(new_customer())
        assert events.told() == [("crm", 1, Source.REGISTRATION)]
        rights = "SELECT count(*) FILTER (WHERE has_table_privilege(%s, 'tombstone_salt', one))"
        each = " FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS one"
        assert execute(empty_database, rights + each, role) == [(1,)]
        later = LATER_TABLES.split(", ")
        may_write = (
            "SELECT one FROM unnest(%s::text[]) AS one"
            " WHERE has_table_privilege(%s::name, one, 'INSERT')"
        )
        written = {table for (table,) in execute(empty_database, may_write, later, role)}
        assert written == {*later} - {"tombstone_salt"}
    finally:
        execute(empty_database, f"DROP OWNED BY {name}; DROP ROLE {name}")


async def test_trigger_of_the_page_tells_of_those_who_come_past_the_service_and_of_no_other(
    database: str, events: PostgresEvents
) -> None:
    events.subscribe("crm")
    [trigger] = blocks("docs/events.md", "sql")
    execute(database, trigger)
    execute(database, ADD, "past@example.ru")
    with psycopg.connect(database, autocommit=True) as connection:
        copying = "COPY customers (name, email, registered_at) FROM STDIN"
        with connection.cursor().copy(copying) as copy:
            copy.write("Ivan\tcopied@example.ru\t2026-01-01\n")
    async with postgres_customers(database, log_sql=False) as customers:
        await customers.add(new_customer(email="own@example.ru"))
        await customers.add(new_customer(email="keyed@example.ru"), IdempotencyKey("k"))
        await customers.add(new_customer(email="imported@example.ru"), None, None)
    told = [number for _, number, _ in events.told()]
    by_id = emails(database)
    assert sorted(str(by_id[number]).partition("@")[0] for number in told) == [
        *("copied", "keyed", "own", "past"),
    ]
