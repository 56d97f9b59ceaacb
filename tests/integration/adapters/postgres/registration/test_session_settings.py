"""Что велено роли и базе данных (``ALTER … SET``), записи не портит."""

import asyncio
from contextlib import AbstractAsyncContextManager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.customer_repository import RepositoryUnavailableError
from application.idempotency import IdempotencyKey
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer
from tests.support.sql import add_trigger, execute, order, warn_of_no_standby

pytestmark = pytest.mark.anyio

TEXTS = {"name": "Иван 😀", "address": 'я"\\{},null', "phone": None}
STORED = "SELECT name, address, phone, registered_at FROM customers"


def opened(database: str) -> AbstractAsyncContextManager[PostgresCustomerRepository]:
    return postgres_customers(database, log_sql=False)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("client_encoding", "LATIN1"),
        ("client_encoding", "WIN1251"),
        ("array_nulls", "off"),
        ("DateStyle", "German"),
        ("bytea_output", "escape"),
        ("standard_conforming_strings", "off"),
        ("TimeZone", "Asia/Tokyo"),
    ],
)
async def test_text_time_and_null_are_stored_as_given(
    database: str, setting: str, value: str
) -> None:
    order(database, setting, value)
    given = new_customer(**TEXTS)
    async with opened(database) as customers:
        first = await customers.add(given, IdempotencyKey("k"))
        replay = await customers.add(given, IdempotencyKey("k"))
    assert replay.is_replay
    assert replay.customer == first.customer
    with psycopg.connect(database, client_encoding="UTF8") as connection:
        (row,) = connection.execute(STORED).fetchall()
    assert row == (*TEXTS.values(), given.registered_at.replace(tzinfo=None))


async def test_encoding_named_by_the_url_does_not_spoil_texts(database: str) -> None:
    async with opened(make_conninfo(database, client_encoding="LATIN1")) as customers:
        await customers.add(new_customer(**TEXTS))
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT name FROM customers").fetchall() == [("Иван 😀",)]


async def test_column_with_a_time_zone_gets_the_moment_itself(database: str) -> None:
    execute(database, "ALTER TABLE customers ALTER registered_at TYPE timestamptz")
    order(database, "TimeZone", "Asia/Tokyo")
    given = new_customer()
    async with opened(database) as customers:
        await customers.add(given)
    with psycopg.connect(database) as connection:
        (moment,) = connection.execute("SELECT registered_at FROM customers").fetchall()
    assert moment == (given.registered_at,)


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
async def test_loser_of_a_race_is_told_that_the_email_is_taken(
    database: str, isolation: str
) -> None:
    order(database, "default_transaction_isolation", isolation)
    async with opened(database) as one, opened(database) as two:
        for n in range(100):
            new = new_customer(email=f"{n}@example.ru")
            ended = await asyncio.gather(one.add(new), two.add(new), return_exceptions=True)
            assert EmailAlreadyRegisteredError in {type(end) for end in ended}


def refuse_commits(database: str, what: str) -> None:
    """Не даёт записывать с фиксацией, которая такова."""
    weak = f"BEFORE INSERT ON customers WHEN (current_setting('synchronous_commit') {what})"
    add_trigger(database, "refuse", weak, "RAISE 'the commit waits for less than it has to'")


async def test_commit_waits_for_the_disk(database: str) -> None:
    order(database, "synchronous_commit", "off")
    refuse_commits(database, "= 'off'")
    async with opened(database) as customers:
        assert (await customers.add(new_customer())).customer.id == 1


async def test_stricter_commit_is_left_as_it_is(database: str) -> None:
    order(database, "synchronous_commit", "remote_apply")
    refuse_commits(database, "<> 'remote_apply'")
    async with opened(database) as customers:
        assert (await customers.add(new_customer())).customer.id == 1


async def test_warning_is_heard_where_only_errors_are_told(database: str) -> None:
    order(database, "client_min_messages", "error")
    warn_of_no_standby(database)
    async with opened(database) as customers:
        with pytest.raises(RepositoryUnavailableError):
            await customers.add(new_customer())
