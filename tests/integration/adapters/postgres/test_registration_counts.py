"""Счёт регистраций в PostgreSQL: договор порта, и что он никому не мешает."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.connection import DatabaseError
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from adapters.postgres.registration_counts import PostgresRegistrationCounts
from application.registration_counts import CountingStoppedError, CountRequest
from tests.support.eventually import eventually
from tests.support.registration_counts_contract import (
    HOUR,
    NOON,
    RegistrationCountsContract,
    register,
)
from tests.support.replicated_pair import replicated_pair
from tests.support.sql import execute, order

pytestmark = pytest.mark.anyio

EVERYONE = CountRequest(fewest=1, most=9)


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with postgres_customers(database, log_sql=True) as customers:
        yield customers


@pytest.fixture
def counts(database: str) -> PostgresRegistrationCounts:
    return PostgresRegistrationCounts(database, timeout=30, log_sql=True)


class TestPostgresRegistrationCounts(RegistrationCountsContract):
    """Договор порта."""


async def test_moments_of_a_column_with_a_time_zone_are_counted_where_they_are(
    database: str, counts: PostgresRegistrationCounts
) -> None:
    execute(database, "ALTER TABLE customers ALTER registered_at TYPE timestamptz")
    order(database, "TimeZone", "Asia/Tokyo")
    async with postgres_customers(database, log_sql=True) as customers:
        await register(customers, {"registered_at": NOON})
    borders = (NOON - HOUR, NOON, NOON + HOUR)
    found = await counts.count(
        CountRequest(borders=borders, since=NOON, until=NOON + HOUR, fewest=1, most=9)
    )
    assert (found.between, found.all_countries) == ((0, 1), 1)
    asked = CountRequest(until=NOON, fewest=1, most=9)
    assert (await counts.count(asked)).all_countries == 0


def replace_customers(database: str, content: str) -> None:
    """Ставит на место таблицы вид: счёт спросит то, чего от таблицы не добиться."""
    execute(database, "ALTER TABLE customers RENAME TO stored")
    body = f"BEGIN {content}; RETURN QUERY SELECT * FROM stored; END"  # noqa: S608 — своя строка
    returns = "RETURNS SETOF stored LANGUAGE plpgsql"
    execute(database, f"CREATE FUNCTION seen() {returns} AS $$ {body} $$")
    execute(database, "CREATE VIEW customers AS SELECT * FROM seen()")


async def test_too_long_a_count_is_stopped_with_advice(database: str) -> None:
    replace_customers(database, "PERFORM pg_sleep(60)")
    with pytest.raises(CountingStoppedError, match=r"stopped after 1 s, .* \(--timeout\)"):
        await PostgresRegistrationCounts(database, timeout=1, log_sql=True).count(EVERYONE)


async def test_nothing_can_be_written_and_one_process_counts(
    database: str, counts: PostgresRegistrationCounts
) -> None:
    replace_customers(database, "DELETE FROM stored")
    with pytest.raises(DatabaseError, match="ReadOnlySqlTransaction, sqlstate 25006"):
        await counts.count(EVERYONE)
    settings = "current_setting('max_parallel_workers_per_gather') = '0'"
    isolation = "current_setting('transaction_isolation') = 'repeatable read'"
    execute(database, "DROP VIEW customers; DROP FUNCTION seen()")
    execute(database, "ALTER TABLE stored RENAME TO customers")
    replace_customers(database, f"ASSERT {settings} AND {isolation}")
    assert (await counts.count(EVERYONE)).all_countries == 0


async def test_table_that_somebody_holds_is_not_waited_for_long(
    database: str, counts: PostgresRegistrationCounts
) -> None:
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE customers")
        with pytest.raises(DatabaseError, match="another program has an open transaction"):
            await counts.count(EVERYONE)


async def test_table_that_is_not_there_is_one_line(
    database: str, counts: PostgresRegistrationCounts
) -> None:
    execute(database, "DROP TABLE customers")
    with pytest.raises(DatabaseError, match=r'^PostgreSQL refused: relation "customers"'):
        await counts.count(EVERYONE)


async def test_standby_counts_if_the_url_names_one(data_root: Path) -> None:
    with replicated_pair(data_root / uuid.uuid4().hex, {}) as pair:
        execute(
            pair.primary.url,
            "CREATE VIEW customers AS SELECT 'Chile' AS country, 30 AS age,"
            " timestamp '2026-01-01' AS registered_at"
            " FROM generate_series(1, 1 + pg_is_in_recovery()::integer)",
        )
        is_there = "SELECT to_regclass('customers') IS NOT NULL"
        await asyncio.to_thread(eventually, lambda: pair.standby.ask(is_there))
        hosts = f"{pair.primary.folder},{pair.standby.folder}"
        url = f"postgresql://postgres@/postgres?host={hosts}&target_session_attrs=read-write"
        both = PostgresRegistrationCounts(url, timeout=30, log_sql=True)
        assert (await both.count(EVERYONE)).all_countries == 2
        pair.standby.stop()
        assert (await both.count(EVERYONE)).all_countries == 1
