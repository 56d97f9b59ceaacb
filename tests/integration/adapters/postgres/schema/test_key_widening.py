"""Номера в ключах становятся BIGINT, а сервис тем временем пишет."""

import asyncio

import pytest

from adapters.postgres.connection import DatabaseError, engine
from adapters.postgres.registration.repository import PostgresCustomerRepository
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.key_widening import widen_keys
from adapters.postgres.schema.upgrade import migrate
from application.customer_repository import Registration
from application.idempotency import IdempotencyKey
from tests.support.batches import patient_customers
from tests.support.customers import new_customer
from tests.support.schema import LATER_TABLES
from tests.support.sql import add_trigger, execute

pytestmark = pytest.mark.anyio

LOCK = 1
TYPE = (
    "SELECT format_type(atttypid, NULL), attnotnull FROM pg_attribute"
    " WHERE attrelid = 'idempotency_keys'::regclass AND attname = 'customer_id'"
)
FIRST = IdempotencyKey("first")


@pytest.fixture
def narrow(database: str) -> str:
    """База данных, в ключах которой номера прежней версии, INTEGER."""
    execute(database, "ALTER TABLE idempotency_keys ALTER customer_id TYPE integer")
    execute(database, "UPDATE crm_api_schema_version SET version_num = '0002'")
    return database


@pytest.fixture
def earlier_schema(narrow: str) -> str:
    """Та же база данных без таблиц, которые появились позже."""
    execute(narrow, f"DROP TABLE {LATER_TABLES}")
    return narrow


def fill(database: str, count: int) -> None:
    execute(
        database,
        "INSERT INTO idempotency_keys (key, fingerprint, customer_id, registered_at)"
        " SELECT 'old ' || n, '', n, now() FROM generate_series(1, %s) AS n",
        count,
    )


def widen(database: str, pages: int = 8) -> None:
    with engine(database, log_sql=False) as opened:
        widen_keys(opened, LOCK, pages=pages)


def test_small_table_is_widened_by_the_migration(earlier_schema: str) -> None:
    fill(earlier_schema, 10)
    migrate(earlier_schema, log_sql=False)
    assert execute(earlier_schema, TYPE) == [("bigint", True)]


def test_large_table_is_widened_by_the_migration_and_keeps_every_key(earlier_schema: str) -> None:
    fill(earlier_schema, 150_000)
    migrate(earlier_schema, log_sql=False)
    assert execute(earlier_schema, TYPE) == [("bigint", True)]
    kept = "SELECT count(*) FROM idempotency_keys WHERE key = 'old ' || customer_id"
    assert execute(earlier_schema, kept) == [(150_000,)]
    assert execute(earlier_schema, "SELECT proname FROM pg_proc WHERE proname ~ '^crm_api'") == []
    assert (
        execute(earlier_schema, "SELECT 1 FROM pg_constraint WHERE conname = 'crm_api_widened'")
        == []
    )


async def test_registrations_go_on_while_the_column_is_widened(narrow: str) -> None:
    fill(narrow, 20_000)
    async with patient_customers(narrow) as customers:
        first = await customers.add(new_customer(email="first@example.ru"), FIRST)
        widening = asyncio.create_task(asyncio.to_thread(widen, narrow))
        count = 0
        while not widening.done() or count < 20:
            count += 1
            await register(customers, count)
        await widening
        assert (await customers.add(first.customer, FIRST)).customer == first.customer
    assert execute(narrow, TYPE) == [("bigint", True)]
    assert execute(narrow, "SELECT count(*) FROM idempotency_keys") == [(20_001 + count,)]


async def register(customers: PostgresCustomerRepository, n: int) -> None:
    ended = await customers.add(new_customer(email=f"{n}@example.ru"), IdempotencyKey(str(n)))
    assert isinstance(ended, Registration)


async def test_widening_that_was_broken_off_harms_nobody_and_goes_on(narrow: str) -> None:
    fill(narrow, 20_000)
    refusal = "BEFORE UPDATE ON idempotency_keys FOR EACH ROW WHEN (NEW.key = 'old 15000')"
    add_trigger(narrow, "refuse", refusal, "RAISE 'no'")
    with pytest.raises(DatabaseError):
        widen(narrow)
    async with patient_customers(narrow) as customers:
        await register(customers, 1)
    execute(narrow, "DROP TRIGGER refuse ON idempotency_keys")
    widen(narrow)
    widen(narrow)
    kept = "SELECT count(*) FROM idempotency_keys WHERE key = 'old ' || customer_id"
    assert execute(narrow, kept) == [(20_000,)]
    assert execute(narrow, TYPE) == [("bigint", True)]


def test_dry_run_leaves_the_column_as_it_is(earlier_schema: str) -> None:
    migrate(earlier_schema, log_sql=False, is_dry_run=True)
    assert execute(earlier_schema, TYPE) == [("integer", True)]


async def test_wide_ids_are_adopted_audited_and_registered_with_keys(earlier: str) -> None:
    execute(earlier, "ALTER TABLE customers ALTER id TYPE bigint")
    execute(earlier, "ALTER SEQUENCE customers_id_seq AS bigint NO MAXVALUE")
    execute(
        earlier,
        "INSERT INTO customers (id, name, email, registered_at)"
        " VALUES (3000000000, 'Ivan', 'Ivan@Example.RU', now())",
    )
    found = [one for batch in audit(earlier, log_sql=False) for one in batch.violations]
    assert [one.customer_id for one in found] == [3000000000]
    migrate(earlier, log_sql=False)
    async with patient_customers(earlier) as customers:
        first = await customers.add(new_customer(), FIRST)
        again = await customers.add(new_customer(), FIRST)
    assert first.customer.id == again.customer.id == 3000000001
