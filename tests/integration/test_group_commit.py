"""Групповая фиксация: что бы ни случилось с пачкой, каждый покупатель узнаёт свой исход."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg import sql

from adapters.coalescer import Limits
from adapters.postgres.repository import LIMITS, PostgresCustomerRepository, postgres_customers
from adapters.postgres.writer import UnexpectedDatabaseError
from application.customer_repository import (
    Registration,
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from application.idempotency import IdempotencyKey
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError
from tests.customers import new_customer
from tests.eventually import eventually
from tests.integration.sessions import service_sessions
from tests.integration.sql import add_trigger, execute, warn_of_no_standby

pytestmark = pytest.mark.anyio

LATER = Limits(batch=512, waiting=4096, concurrency=1, deadline=60)


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with postgres_customers(database, log_sql=True, limits=LATER) as customers:
        yield customers


async def outcomes(
    customers: PostgresCustomerRepository, emails: Sequence[str]
) -> list[Customer | BaseException]:
    """Исходы регистраций, которые пришли одновременно и потому попали в одну пачку."""
    return await together(*(customers.add(new_customer(email=email)) for email in emails))


async def together(*calls: Awaitable[Registration]) -> list[Customer | BaseException]:
    ended = await asyncio.gather(*calls, return_exceptions=True)
    return [end.customer if isinstance(end, Registration) else end for end in ended]


def kinds(outcomes: Sequence[object]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def stored(database: str) -> list[str]:
    with psycopg.connect(database) as connection:
        return [email for (email,) in connection.execute("SELECT email FROM customers ORDER BY id")]


@asynccontextmanager
async def foreign_transaction(database: str, email: str) -> AsyncIterator[None]:
    """Чужая незаконченная транзакция, которая держит адрес."""
    async with await psycopg.AsyncConnection.connect(database) as rival:
        await rival.execute(
            "INSERT INTO customers (name, email, registered_at) VALUES ('Rival', %s, now())",
            [email],
        )
        yield
        await rival.rollback()


async def test_simultaneous_registrations_are_one_statement(
    database: str, customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crm_api.sql")
    emails = [f"{n}@example.ru" for n in range(100)]
    assert kinds(await outcomes(customers, emails)) == [Customer] * 100
    assert sum("INSERT" in record.message for record in caplog.records) == 1
    assert sorted(stored(database)) == sorted(emails)


async def test_first_of_equal_emails_in_a_batch_is_registered(
    database: str, customers: PostgresCustomerRepository
) -> None:
    names = ["first", "second", "third", "fourth", "fifth"]
    ended = await together(*(customers.add(new_customer(name=name)) for name in names))
    assert kinds(ended) == [Customer, *[EmailAlreadyRegisteredError] * 4]
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id, name FROM customers").fetchall() == [(1, "first")]


async def test_known_emails_in_a_batch_take_no_ids(customers: PostgresCustomerRepository) -> None:
    await outcomes(customers, ["a@example.ru", "b@example.ru"])
    ended = await outcomes(customers, ["a@example.ru", "c@example.ru", "b@example.ru"])
    assert kinds(ended) == [EmailAlreadyRegisteredError, Customer, EmailAlreadyRegisteredError]
    assert isinstance(ended[1], Customer)
    assert ended[1].id == 3


@pytest.mark.parametrize("has_keys", [False, True], ids=["without keys", "with keys"])
async def test_batch_never_reads_a_table_that_grew_since_its_plan_was_made(
    database: str, customers: PostgresCustomerRepository, *, has_keys: bool
) -> None:
    def key(n: int) -> IdempotencyKey | None:
        return IdempotencyKey(f"key {n}") if has_keys else None

    execute(database, "ALTER TABLE customers SET (autovacuum_enabled = off)")
    execute(database, "ALTER TABLE idempotency_keys SET (autovacuum_enabled = off)")
    await customers.add(new_customer(email="first@example.ru"), key(-1))
    execute(
        database,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT 'Ivan', n || '@grown.example.ru', now() FROM generate_series(1, 20000) AS n",
    )
    execute(
        database,
        "INSERT INTO idempotency_keys (key, fingerprint, customer_id, registered_at)"
        " SELECT n, '', n, now() FROM generate_series(1, 20000) AS n",
    )
    execute(database, "SELECT pg_stat_reset()")
    await together(
        *(customers.add(new_customer(email=f"{n}@example.ru"), key(n)) for n in range(100))
    )

    def rows_read() -> tuple[int, int]:
        with psycopg.connect(database) as connection:
            return connection.execute(
                "SELECT sum(idx_scan), sum(seq_tup_read) FROM pg_stat_user_tables"
                " WHERE relname IN ('customers', 'idempotency_keys')"
            ).fetchone() or (0, 0)

    # Счётчики сервер обновляет не сразу.
    assert await asyncio.to_thread(eventually, lambda: rows_read()[0] >= 100)
    assert rows_read()[1] == 0


BEFORE_POISON = "BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.email ~ 'poison')"


@pytest.mark.parametrize(
    "refusal",
    [None, "RAISE 'poison'", "RAISE SQLSTATE '45000'", "RAISE insufficient_privilege"],
    ids=["constraint", "trigger", "trigger with its own code", "right"],
)
async def test_poison_row_fails_alone(
    database: str, customers: PostgresCustomerRepository, refusal: str | None
) -> None:
    if refusal is None:
        execute(database, "ALTER TABLE customers ADD CHECK (email !~ 'poison')")
    else:
        add_trigger(database, "refuse", BEFORE_POISON, refusal)
    emails = ["a@example.ru", "poison@example.ru", "b@example.ru", "a@example.ru"]
    assert kinds(await outcomes(customers, emails)) == [
        Customer,
        UnexpectedDatabaseError,
        Customer,
        EmailAlreadyRegisteredError,
    ]
    assert stored(database) == ["a@example.ru", "b@example.ru"]


async def test_row_swallowed_by_a_trigger_holds_nobody(
    database: str, customers: PostgresCustomerRepository
) -> None:
    add_trigger(database, "swallow", BEFORE_POISON, "RETURN NULL")
    emails = ["a@example.ru", "poison@example.ru", "b@example.ru"]
    calls = (customers.add(new_customer(email=email), IdempotencyKey(email)) for email in emails)
    async with asyncio.timeout(10):
        ended = await together(*calls)
    assert kinds(ended) == [Customer, UnexpectedDatabaseError, Customer]
    assert stored(database) == ["a@example.ru", "b@example.ru"]


async def test_email_held_by_a_foreign_transaction_fails_alone(
    database: str, customers: PostgresCustomerRepository
) -> None:
    async with foreign_transaction(database, "held@example.ru"):
        ended = await outcomes(customers, ["a@example.ru", "held@example.ru", "z@example.ru"])
    assert kinds(ended) == [Customer, RepositoryUnavailableError, Customer]
    assert kinds(await outcomes(customers, ["held@example.ru"])) == [Customer]


async def test_overlapping_batches_of_two_processes_do_not_deadlock(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    # Два хранилища — два соединения, как у двух процессов; порядок прихода встречный.
    emails = [f"{n}@example.ru" for n in range(300)]
    async with (
        postgres_customers(database, log_sql=False, limits=LATER) as one,
        postgres_customers(database, log_sql=False, limits=LATER) as two,
    ):
        for start in range(0, 300, 30):
            part = emails[start : start + 30]
            forth, back = await asyncio.gather(outcomes(one, part), outcomes(two, part[::-1]))
            for left, right in zip(forth, back[::-1], strict=True):
                assert {type(left), type(right)} == {Customer, EmailAlreadyRegisteredError}
    assert "DeadlockDetected" not in caplog.text
    assert sorted(stored(database)) == sorted(emails)


async def test_cancelled_caller_does_not_take_its_batch_along(
    database: str, customers: PostgresCustomerRepository
) -> None:
    async with foreign_transaction(database, "held@example.ru"):
        calls = [
            asyncio.ensure_future(customers.add(new_customer(email=email)))
            for email in ("a@example.ru", "gone@example.ru", "held@example.ru")
        ]
        await asyncio.to_thread(eventually, lambda: is_waiting(database))
        calls[1].cancel()
    ended = await together(*calls)
    assert kinds(ended[:2]) == [Customer, asyncio.CancelledError]
    assert "a@example.ru" in stored(database)


async def test_full_queue_is_unavailable_at_once(database: str) -> None:
    limits = Limits(batch=1, waiting=2, concurrency=1, deadline=60)
    async with postgres_customers(database, log_sql=False, limits=limits) as customers:
        ended = await outcomes(customers, [f"{n}@example.ru" for n in range(5)])
    assert kinds(ended) == [Customer] * 2 + [RepositoryOverloadedError] * 3


async def test_closing_stores_everything_that_was_accepted(database: str) -> None:
    limits = Limits(batch=10, waiting=4096, concurrency=1, deadline=60)
    async with postgres_customers(database, log_sql=False, limits=limits) as customers:
        calls = [
            asyncio.ensure_future(customers.add(new_customer(email=f"{n}@example.ru")))
            for n in range(200)
        ]
        await asyncio.sleep(0)
    assert kinds(await together(*calls)) == [Customer] * 200
    assert len(stored(database)) == 200
    with pytest.raises(RepositoryUnavailableError, match="stopping"):
        await customers.add(new_customer())


@pytest.mark.parametrize("has_keys", [False, True], ids=["without keys", "with keys"])
async def test_column_that_changes_its_type_costs_no_registration(
    database: str, customers: PostgresCustomerRepository, *, has_keys: bool
) -> None:
    for length in (100, 200, 100):
        execute(database, f"ALTER TABLE customers ALTER email TYPE varchar({length})")
        for email in (f"{os.urandom(4).hex()}@example.ru" for _ in range(2)):
            key = IdempotencyKey(email) if has_keys else None
            assert (await customers.add(new_customer(email=email), key)).customer.email == email


def is_waiting(database: str) -> bool:
    """Ждёт ли пачка чужого замка."""
    with psycopg.connect(database) as connection:
        return bool(
            connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE application_name = 'crm-api'"
                " AND datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
        )


async def test_connection_that_dies_under_a_batch_leaves_the_outcome_unknown(
    database: str, customers: PostgresCustomerRepository
) -> None:
    death = "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL"
    add_trigger(database, "die", "AFTER INSERT ON customers", death)
    emails = ["a@example.ru", "b@example.ru"]
    assert kinds(await outcomes(customers, emails)) == [RepositoryUnavailableError] * 2
    execute(database, "DROP TRIGGER die ON customers")
    assert kinds(await outcomes(customers, emails)) == [Customer] * 2


async def test_warning_makes_the_outcome_unknown(
    database: str, customers: PostgresCustomerRepository
) -> None:
    warn_of_no_standby(database)
    assert kinds(await outcomes(customers, ["a@example.ru"])) == [RepositoryUnavailableError]
    execute(database, "DROP TRIGGER warn ON customers")
    assert kinds(await outcomes(customers, ["b@example.ru"])) == [Customer]


async def test_server_turned_read_only_is_unavailable_and_then_written_again(
    database: str, customers: PostgresCustomerRepository
) -> None:
    assert kinds(await outcomes(customers, ["a@example.ru"])) == [Customer]
    with psycopg.connect(database, autocommit=True) as admin:
        name = sql.Identifier(admin.info.dbname)
        read_only = "ALTER DATABASE {} SET default_transaction_read_only = {}"
        admin.execute(sql.SQL(read_only).format(name, sql.SQL("on")))
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert kinds(await outcomes(customers, ["b@example.ru"])) == [RepositoryUnavailableError]
        admin.execute("SET default_transaction_read_only = off")
        admin.execute(sql.SQL(read_only).format(name, sql.SQL("off")))
    # Соединение, которое только читает, в пуле не осталось.
    assert kinds(await outcomes(customers, ["b@example.ru"])) == [Customer]


@pytest.mark.skipif(
    "CRM_TEST_DATABASE_URL" in os.environ, reason="the server was not started by these tests"
)
async def test_silent_server_process_is_left_for_another(
    database: str, customers: PostgresCustomerRepository
) -> None:
    assert kinds(await outcomes(customers, ["a@example.ru"])) == [Customer]
    (pid,) = service_sessions(database)
    os.kill(pid, signal.SIGSTOP)
    try:
        assert kinds(await outcomes(customers, ["b@example.ru"])) == [Customer]
    finally:
        os.kill(pid, signal.SIGCONT)
    # Очнувшись, тот процесс исполнит и свою команду: второй раз она не запишет.
    await asyncio.to_thread(eventually, lambda: pid not in service_sessions(database))
    assert stored(database) == ["a@example.ru", "b@example.ru"]


async def test_default_limits_answer_within_five_seconds() -> None:
    assert LIMITS.deadline < 5
