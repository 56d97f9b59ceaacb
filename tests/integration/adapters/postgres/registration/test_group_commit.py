"""Групповая фиксация: кто едет одной пачкой, и чем это кончается для каждого."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable

import psycopg
import pytest

from adapters.batching import BatchLimits
from adapters.postgres.registration.repository import (
    LIMITS,
    PostgresCustomerRepository,
    postgres_customers,
)
from application.customer_repository import RepositoryOverloadedError, RepositoryUnavailableError
from application.idempotency import IdempotencyKey
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError
from tests.support.batches import (
    RememberedErrors,
    foreign_transaction,
    kinds,
    outcomes,
    patient_customers,
    stored,
    together,
)
from tests.support.customers import new_customer
from tests.support.eventually import eventually
from tests.support.sessions import statistics
from tests.support.sql import add_trigger, execute

pytestmark = pytest.mark.anyio


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with patient_customers(database, log_sql=True) as customers:
        yield customers


async def test_simultaneous_registrations_are_one_statement(
    database: str, customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crm_api.sql")
    emails = [f"{n}@example.ru" for n in range(100)]
    assert kinds(await outcomes(customers, emails)) == [Customer] * 100
    assert sum("INSERT" in record.message for record in caplog.records) == 1
    assert sorted(stored(database)) == sorted(emails)


async def test_batch_of_the_longest_customers_is_stored_whole(
    database: str, customers: PostgresCustomerRepository
) -> None:
    # Пачка больше того, что сокет берёт за раз.
    longest = {"name": "Я" * 100, "country": "Ы" * 100, "address": "Ж" * 255}
    emails = [f"{n}@example.ru" for n in range(512)]
    ended = await together(*(customers.add(new_customer(email=e, **longest)) for e in emails))
    assert kinds(ended) == [Customer] * 512
    assert len(stored(database)) == 512


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
    index_scans, rows_read = statistics(
        database,
        "sum(idx_scan), sum(seq_tup_read) FROM pg_stat_user_tables"
        " WHERE relname IN ('customers', 'idempotency_keys')",
    )
    assert index_scans >= 100
    assert rows_read == 0


@pytest.mark.parametrize("has_keys", [False, True], ids=["without keys", "with keys"])
async def test_overlapping_batches_of_two_processes_do_not_deadlock(
    database: str, *, has_keys: bool
) -> None:
    # Сон растягивает команды, чтобы они встретились, а замка ждут без срока: иначе встречные
    # разошлись бы по нему раньше, чем PostgreSQL узнал бы взаимную блокировку.
    linger = "PERFORM set_config('lock_timeout', '0', true), pg_sleep(0.05); RETURN NEW"
    add_trigger(database, "linger", "BEFORE INSERT ON customers FOR EACH ROW", linger)
    emails = [f"{n}@example.ru" for n in range(6)]

    def arriving(
        customers: PostgresCustomerRepository, name: str, emails: list[str]
    ) -> Awaitable[list[Customer | BaseException]]:
        return together(
            *(
                customers.add(
                    new_customer(name=name, email=email),
                    IdempotencyKey(f"{name} {email}") if has_keys else None,
                )
                for email in emails
            )
        )

    # Два хранилища — два соединения, как у двух процессов; порядок прихода встречный.
    observer = RememberedErrors()
    async with (
        patient_customers(database, observer=observer) as one,
        patient_customers(database, observer=observer) as two,
    ):
        await arriving(one, "Ivan", ["one@example.ru"])
        await arriving(two, "Petr", ["two@example.ru"])
        forth, back = await asyncio.gather(
            arriving(one, "Ivan", emails), arriving(two, "Petr", emails[::-1])
        )
    for left, right in zip(forth, back[::-1], strict=True):
        assert {type(left), type(right)} == {Customer, EmailAlreadyRegisteredError}
    assert observer.errors == []
    assert sorted(stored(database)) == [*emails, "one@example.ru", "two@example.ru"]


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
    limits = BatchLimits(batch=1, waiting=2, deadline=60)
    async with postgres_customers(database, log_sql=False, limits=limits) as customers:
        ended = await outcomes(customers, [f"{n}@example.ru" for n in range(5)])
    assert kinds(ended) == [Customer] * 2 + [RepositoryOverloadedError] * 3


async def test_closing_stores_everything_that_was_accepted(database: str) -> None:
    limits = BatchLimits(batch=10, waiting=4096, deadline=60)
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


def is_waiting(database: str) -> bool:
    """Ждёт ли пачка чужого замка."""
    with psycopg.connect(database) as connection:
        return bool(
            connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE application_name = 'crm-api'"
                " AND datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
        )


async def test_default_limits_answer_within_five_seconds() -> None:
    assert LIMITS.deadline < 5
