"""Групповая фиксация: строка, связь или сервер подвели, а каждый узнаёт свой исход."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from itertools import islice

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from adapters.postgres.registration.repository import PostgresCustomerRepository
from application.customer_repository import RepositoryUnavailableError
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
from tests.support.embedded_server import own_server_only
from tests.support.eventually import eventually
from tests.support.sessions import refused_commands, service_sessions
from tests.support.sql import add_trigger, execute, warn_of_no_standby

pytestmark = pytest.mark.anyio


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with patient_customers(database, log_sql=True) as customers:
        yield customers


BEFORE_POISON = "BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.email ~ 'poison')"


@pytest.mark.parametrize(
    "refusal",
    [
        None,
        "RAISE 'poison'",
        "RAISE SQLSTATE '45000'",
        "RAISE insufficient_privilege",
        "RAISE numeric_value_out_of_range",
        "RAISE with_check_option_violation",
    ],
    ids=["constraint", "trigger", "trigger with its own code", "right", "value", "view"],
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


async def test_row_rolled_back_by_a_conflict_is_unavailable_alone(
    database: str, customers: PostgresCustomerRepository
) -> None:
    add_trigger(database, "refuse", BEFORE_POISON, "RAISE serialization_failure")
    emails = ["a@example.ru", "poison@example.ru", "b@example.ru"]
    ended = await outcomes(customers, emails)
    assert kinds(ended) == [Customer, RepositoryUnavailableError, Customer]
    assert stored(database) == ["a@example.ru", "b@example.ru"]


@pytest.mark.parametrize(
    "refusal",
    ["connection_failure", "read_only_sql_transaction", "disk_full", "query_canceled", "io_error"],
)
async def test_server_that_cannot_write_now_is_unavailable_to_the_whole_batch(
    database: str, customers: PostgresCustomerRepository, refusal: str
) -> None:
    add_trigger(database, "refuse", BEFORE_POISON, f"RAISE {refusal}")
    emails = ["a@example.ru", "poison@example.ru", "b@example.ru"]
    assert kinds(await outcomes(customers, emails)) == [RepositoryUnavailableError] * 3
    assert stored(database) == []


@pytest.mark.parametrize("has_key", [True, False])
async def test_row_swallowed_by_a_trigger_holds_nobody(
    database: str, customers: PostgresCustomerRepository, *, has_key: bool
) -> None:
    add_trigger(database, "swallow", BEFORE_POISON, "RETURN NULL")
    emails = ["a@example.ru", "poison@example.ru", "b@example.ru"]
    keys = [IdempotencyKey(email) if has_key else None for email in emails]
    calls = (
        customers.add(new_customer(email=email), key)
        for email, key in zip(emails, keys, strict=True)
    )
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


async def test_row_whose_turn_comes_too_late_is_not_sent_at_all(
    database: str, customers: PostgresCustomerRepository
) -> None:
    held = [f"{n}@held.example.ru" for n in range(9)]
    async with foreign_transaction(database, *held):
        *_, last = await outcomes(customers, [*held, "free@example.ru"])
    assert isinstance(last, RepositoryUnavailableError)
    assert str(last) == "there was no time left to store it"
    assert stored(database) == []


@pytest.mark.parametrize("has_keys", [False, True], ids=["without keys", "with keys"])
async def test_column_that_changes_its_type_costs_one_refusal_and_no_registration(
    database: str, customers: PostgresCustomerRepository, *, has_keys: bool
) -> None:
    before = refused_commands(database)
    emails = (f"{os.urandom(4).hex()}@example.ru" for _ in range(9))
    for change in ("id TYPE bigint", "email TYPE varchar(200)", "id TYPE integer"):
        execute(database, f"ALTER TABLE customers ALTER {change}")
        for email in islice(emails, 3):
            key = IdempotencyKey(email) if has_keys else None
            assert (await customers.add(new_customer(email=email), key)).customer.email == email
    # До первой перемены ничего ещё не готовили, а длину адреса ответ не показывает.
    assert refused_commands(database) - before == 1


async def test_connection_that_dies_under_a_batch_leaves_the_outcome_unknown(
    database: str, customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    death = "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL"
    add_trigger(database, "die", "AFTER INSERT ON customers", death)
    emails = ["a@example.ru", "b@example.ru"]
    assert kinds(await outcomes(customers, emails)) == [RepositoryUnavailableError] * 2
    assert "the outcome is unknown, sqlstate 57P01" in caplog.text
    execute(database, "DROP TRIGGER die ON customers")
    assert kinds(await outcomes(customers, emails)) == [Customer] * 2


async def test_warning_makes_the_outcome_unknown(
    database: str, customers: PostgresCustomerRepository
) -> None:
    warn_of_no_standby(database)
    assert kinds(await outcomes(customers, ["a@example.ru"])) == [RepositoryUnavailableError]
    execute(database, "DROP TRIGGER warn ON customers")
    assert kinds(await outcomes(customers, ["b@example.ru"])) == [Customer]


async def test_warning_of_a_refused_command_does_not_make_the_next_one_doubtful(
    database: str,
) -> None:
    add_trigger(database, "warn", BEFORE_POISON, "RAISE WARNING 'beware'; RAISE 'poison'")
    observer = RememberedErrors()
    async with patient_customers(database, observer=observer) as customers:
        ended = await outcomes(customers, ["poison@example.ru"])
        (session,) = service_sessions(database)
        ended += await outcomes(customers, ["a@example.ru"])
        assert service_sessions(database) == [session]
    assert kinds(ended) == [UnexpectedDatabaseError, Customer]
    assert observer.errors == ["P0001"]


async def test_information_from_a_trigger_makes_nothing_doubtful(database: str) -> None:
    add_trigger(database, "tell", BEFORE_POISON, "RAISE INFO 'beware'; RETURN NEW")
    observer = RememberedErrors()
    async with patient_customers(database, observer=observer) as customers:
        assert kinds(await outcomes(customers, ["poison@example.ru"])) == [Customer]
    assert observer.errors == []


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


@own_server_only
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
