"""Готовность с настоящим PostgreSQL: всё, что мешает записать покупателя."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.customer_repository import RepositoryUnavailableError
from tests.support.batches import foreign_transaction, kinds, outcomes
from tests.support.customers import new_customer
from tests.support.embedded_server import own_server_only
from tests.support.eventually import eventually
from tests.support.readiness import eventually_ready, eventually_refused, is_ready
from tests.support.sessions import service_sessions
from tests.support.sql import execute

pytestmark = pytest.mark.anyio


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with postgres_customers(database, log_sql=True) as customers:
        yield customers


async def test_current_schema_is_ready_and_the_question_changes_nothing(database: str) -> None:
    assert await is_ready(database)
    async with postgres_customers(database, log_sql=False) as customers:
        await customers.ensure_ready()
        assert (await customers.add(new_customer())).customer.id == 1


async def test_question_needs_no_connection_of_its_own(
    database: str, customers: PostgresCustomerRepository
) -> None:
    await customers.ensure_ready()
    (session,) = service_sessions(database)
    await customers.add(new_customer())
    assert service_sessions(database) == [session]


async def test_rows_held_by_another_leave_the_service_ready(
    database: str, customers: PostgresCustomerRepository
) -> None:
    held = [f"{n}@held.example.ru" for n in range(3)]
    async with foreign_transaction(database, *held):
        adding = asyncio.ensure_future(outcomes(customers, held))
        await asyncio.to_thread(eventually, lambda: service_sessions(database))
        await customers.ensure_ready()
        assert kinds(await adding) == [RepositoryUnavailableError] * 3


async def test_database_without_the_table_is_not_ready(empty_database: str) -> None:
    assert not await is_ready(empty_database)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE customers DROP COLUMN phone",
        "DROP INDEX ix_customers_email",
        "ALTER TABLE customers RENAME TO clients",
        "DROP TABLE idempotency_keys",
    ],
)
async def test_schema_that_is_not_current_is_not_ready(database: str, change: str) -> None:
    execute(database, change)
    assert not await is_ready(database)


async def test_read_only_database_is_not_ready(database: str) -> None:
    read_only = make_conninfo(database, options="-c default_transaction_read_only=on")
    assert not await is_ready(read_only)


async def test_role_that_may_not_insert_is_not_ready(database: str) -> None:
    role = f"reader_{os.urandom(6).hex()}"
    with psycopg.connect(database, autocommit=True) as admin:
        name = sql.Identifier(role)
        admin.execute(sql.SQL("CREATE ROLE {}").format(name))
        try:
            for rest in (
                "SELECT, UPDATE ON customers, idempotency_keys, emails_as_given",
                "SELECT ON event_subscribers",
            ):
                admin.execute(sql.SQL("GRANT " + rest + " TO {}").format(name))
            assert not await is_ready(make_conninfo(database, options=f"-c role={role}"))
            admin.execute(sql.SQL("GRANT INSERT ON customers TO {}").format(name))
            assert not await is_ready(make_conninfo(database, options=f"-c role={role}"))
            for table in ("idempotency_keys", "waiting_events", "emails_as_given"):
                admin.execute(sql.SQL(f"GRANT INSERT ON {table} TO {{}}").format(name))
                assert not await is_ready(make_conninfo(database, options=f"-c role={role}"))
            admin.execute(sql.SQL("GRANT USAGE ON SEQUENCE customers_id_seq TO {}").format(name))
            assert await is_ready(make_conninfo(database, options=f"-c role={role}"))
            secure = "ALTER TABLE customers ENABLE ROW LEVEL SECURITY"
            admin.execute(secure + "; CREATE POLICY add ON customers FOR INSERT WITH CHECK (true)")
            assert not await is_ready(make_conninfo(database, options=f"-c role={role}"))
            admin.execute("CREATE POLICY see ON customers USING (true)")
            assert await is_ready(make_conninfo(database, options=f"-c role={role}"))
        finally:
            admin.execute(sql.SQL("DROP OWNED BY {}").format(name))
            admin.execute(sql.SQL("DROP ROLE {}").format(name))


async def test_locked_table_is_not_ready(database: str) -> None:
    with psycopg.connect(database) as rival:
        rival.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
        assert not await is_ready(database)
    assert await is_ready(database)


async def test_absent_server_is_not_ready() -> None:
    assert not await is_ready("postgresql://crm_user@127.0.0.1:1/crm_db")


async def test_simultaneous_questions_share_one_check(
    customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "crm_api.sql")  # пробы видны с ним
    await asyncio.gather(*(customers.ensure_ready() for _ in range(100)))
    await customers.ensure_ready()
    assert sum("INSERT" in record.message for record in caplog.records) == 1


async def test_answer_is_forgotten_after_a_while(
    database: str, customers: PostgresCustomerRepository
) -> None:
    await customers.ensure_ready()
    execute(database, "ALTER TABLE customers RENAME TO clients")
    await eventually_refused(customers)
    execute(database, "ALTER TABLE clients RENAME TO customers")
    await eventually_ready(customers)


async def test_refused_check_leaves_its_connection(
    database: str, customers: PostgresCustomerRepository
) -> None:
    # Узлов бывает несколько: отказавший больше не пишет, следующая проверка ищет другой.
    await customers.ensure_ready()
    execute(database, "ALTER TABLE customers RENAME TO clients")
    await eventually_refused(customers)
    await asyncio.to_thread(eventually, lambda: not service_sessions(database))


async def test_lost_connection_is_opened_again(
    database: str, customers: PostgresCustomerRepository
) -> None:
    await customers.ensure_ready()
    execute(
        database,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    await eventually_ready(customers)


@own_server_only
async def test_silent_server_process_is_not_ready_until_it_speaks(
    database: str, customers: PostgresCustomerRepository
) -> None:
    await customers.ensure_ready()
    (pid,) = service_sessions(database)
    os.kill(pid, signal.SIGSTOP)
    try:
        await eventually_refused(customers)
    finally:
        os.kill(pid, signal.SIGCONT)
    await eventually_ready(customers)


async def test_reason_in_the_log_names_no_data(
    empty_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not await is_ready(empty_database)
    (record,) = (record for record in caplog.records if record.name == "crm_api.database")
    assert record.getMessage() == (
        'not ready: relation "customers" does not exist (42P01);'
        " if the schema is of an older version, run crm-api migrate up"
    )


async def test_closed_repository_leaves_no_connection(database: str) -> None:
    async with postgres_customers(database, log_sql=False) as customers:
        await customers.ensure_ready()
        await customers.add(new_customer())
    await asyncio.to_thread(eventually, lambda: not service_sessions(database))


async def test_close_that_is_cut_short_leaves_no_connection_either(database: str) -> None:
    opened = postgres_customers(database, log_sql=False)
    customers = await opened.__aenter__()
    await customers.ensure_ready()
    with psycopg.connect(database) as rival:
        rival.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
        # Каждая ждёт замка полсекунды: пачка пишется, пока его держат.
        held = [
            asyncio.create_task(customers.add(new_customer(email=f"{n}@example.ru")))
            for n in range(20)
        ]
        await asyncio.to_thread(eventually, lambda: service_sessions(database))
        closing = asyncio.create_task(opened.__aexit__(None, None, None))
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
    await asyncio.gather(*held, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: not service_sessions(database))


async def test_change_of_readiness_is_told_once(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crm_api.database")
    async with postgres_customers(database, log_sql=True) as customers:
        await eventually_ready(customers)
        execute(database, "ALTER TABLE customers RENAME TO hidden")
        for _ in range(3):
            await eventually_refused(customers)
        execute(database, "ALTER TABLE hidden RENAME TO customers")
        await eventually_ready(customers)
    told = [one.getMessage().partition(":")[0] for one in caplog.records]
    assert told == ["not ready", "ready again"]
