"""Хранилище в PostgreSQL исполняет договор порта и не теряет лица, когда базе плохо."""

import asyncio
import logging
import os
import resource
import tempfile
from collections.abc import AsyncIterator

import psycopg
import pytest
from attrs import evolve
from psycopg.rows import dict_row

from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from adapters.postgres.registration.repository import (
    LIMITS,
    PostgresCustomerRepository,
    postgres_customers,
)
from application.customer_repository import Registration, RepositoryUnavailableError
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customer_repository_contract import CustomerRepositoryContract
from tests.support.customers import IVAN, REGISTERED_AT, new_customer
from tests.support.sql import execute


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with postgres_customers(database, log_sql=True) as customers:
        yield customers


class TestPostgresCustomerRepository(CustomerRepositoryContract):
    """Договор порта."""


pytestmark = pytest.mark.anyio


async def test_row_is_what_was_given(database: str, customers: PostgresCustomerRepository) -> None:
    await customers.add(new_customer(gender=None))
    with psycopg.connect(database, row_factory=dict_row) as connection:
        rows = connection.execute("SELECT * FROM customers").fetchall()
    stored_at = REGISTERED_AT.replace(tzinfo=None)
    assert rows == [{"id": 1, **IVAN, "gender": None, "registered_at": stored_at}]


async def test_email_is_unique_by_what_is_compared_and_kept_as_it_was_given(
    database: str, customers: PostgresCustomerRepository
) -> None:
    await customers.add(new_customer(email="οδος@ﬁrma.gr"))
    with psycopg.connect(database) as connection:
        compared = connection.execute("SELECT id, email FROM customers").fetchall()
        given = connection.execute("SELECT customer_id, email FROM emails_as_given").fetchall()
    assert (compared, given) == ([(1, "οδοσ@firma.gr")], [(1, "οδος@ﬁrma.gr")])


async def test_encoding_of_the_database_spoils_no_text(latin_database: str) -> None:
    async with postgres_customers(latin_database, log_sql=False) as customers:
        await customers.add(new_customer(name="Élise"))
        with pytest.raises(UnexpectedDatabaseError, match="UntranslatableCharacter"):
            await customers.add(new_customer(name="Иван", email="ivan@example.ru"))
    assert execute(latin_database, "SELECT name FROM customers") == [("Élise",)]


async def test_uncommitted_rival_is_waited_for(
    database: str, customers: PostgresCustomerRepository
) -> None:
    async with await psycopg.AsyncConnection.connect(database) as rival:
        await rival.execute(
            "INSERT INTO customers (name, email, registered_at)"
            " VALUES ('Rival', 'ivan.ivanov@example.ru', now())"
        )
        waiting = asyncio.create_task(customers.add(new_customer()))
        await asyncio.wait([waiting], timeout=0.2)
        assert not waiting.done()
        await rival.commit()
    with pytest.raises(EmailAlreadyRegisteredError):
        await waiting


async def test_statements_are_logged_without_parameters(
    customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)  # с ним текст команды пишется каждый раз
    await customers.add(new_customer())
    with pytest.raises(EmailAlreadyRegisteredError):
        await customers.add(new_customer())
    statements = [record.message for record in caplog.records if record.name == "crm_api.sql"]
    session, *writing = statements
    assert session.startswith("open_session: SELECT set_config('lock_timeout'")
    assert ["INSERT INTO customers" in statement for statement in writing] == [True, True]
    assert "ivan" not in caplog.text.lower()
    assert "921" not in caplog.text


async def test_lost_connection_costs_no_registration(
    database: str, customers: PostgresCustomerRepository
) -> None:
    await customers.add(new_customer())
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert (await customers.add(new_customer(email="pyotr@example.ru"))).customer.id == 2


async def test_batch_longer_than_a_statement_ends_in_its_order(
    customers: PostgresCustomerRepository,
) -> None:
    batch = [(new_customer(email=f"{n}@example.ru"), None) for n in range(1, LIMITS.batch + 3)]
    ended = await customers.add_all([*batch, batch[0]], None)
    stored = [end.customer.email for end in ended if isinstance(end, Registration)]
    assert stored == [new.email for new, _ in batch]
    assert isinstance(ended[-1], EmailAlreadyRegisteredError)


async def test_batch_that_was_not_answered_in_time_is_of_unknown_outcome(database: str) -> None:
    limits = evolve(LIMITS, deadline=0.2)
    long = [(new_customer(email=f"{n}@example.ru"), None) for n in range(LIMITS.batch + 1)]
    async with (
        await psycopg.AsyncConnection.connect(database) as rival,
        postgres_customers(database, log_sql=False, limits=limits) as customers,
    ):
        await rival.execute("LOCK TABLE customers")
        ended = await customers.add_all(long, None)
    assert {repr(end) for end in ended} == {
        "RepositoryUnavailableError('the database did not answer in time')"
    }
    assert len(ended) == len(long)


async def test_closed_repository_refuses_a_batch(database: str) -> None:
    async with postgres_customers(database, log_sql=False) as customers:
        pass
    ended = await customers.add_all([(new_customer(), None)], None)
    assert repr(ended) == "[RepositoryUnavailableError('the service is stopping')]"


async def test_connection_opened_beside_a_thousand_others_is_used_again(database: str) -> None:
    # Столько соединений с покупателями держит сервис, когда PostgreSQL перезапускают.
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limits[1]), limits[1]))
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(1024)]
    try:
        async with postgres_customers(database, log_sql=False) as customers:
            for n in range(1, 4):
                stored = await customers.add(new_customer(email=f"{n}@example.ru"))
                assert stored.customer.id == n
    finally:
        for descriptor in others:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


async def test_absent_server_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    async with postgres_customers("postgresql://127.0.0.1:1/none", log_sql=True) as customers:
        with pytest.raises(RepositoryUnavailableError):
            await customers.add(new_customer())
    assert "database error: OperationalError" in caplog.text


async def greet_and_fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Впускает, как PostgreSQL, и больше не отвечает: так ведёт себя пул без серверов."""
    length = int.from_bytes(await reader.readexactly(4))
    await reader.readexactly(length - 4)
    # AuthenticationOk и ReadyForQuery (PostgreSQL, 55.7).
    writer.write(b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I")
    await reader.read()
    writer.close()


async def test_server_that_greets_and_falls_silent_holds_nobody() -> None:
    with tempfile.TemporaryDirectory(prefix="crm-api-silent-") as folder:
        silent = await asyncio.start_unix_server(greet_and_fall_silent, f"{folder}/.s.PGSQL.5432")
        async with silent, postgres_customers(f"host={folder}", log_sql=False) as customers:
            with pytest.raises(RepositoryUnavailableError, match="it does not answer"):
                await customers.ensure_ready()
            with pytest.raises(RepositoryUnavailableError, match="the database is unavailable"):
                await customers.add(new_customer())


async def test_locked_table_is_unavailable_within_the_deadline(
    database: str, customers: PostgresCustomerRepository
) -> None:
    async with await psycopg.AsyncConnection.connect(database) as rival:
        await rival.execute("LOCK TABLE customers")
        with pytest.raises(RepositoryUnavailableError):
            await customers.add(new_customer())
    assert (await customers.add(new_customer())).customer.id == 1


async def test_refusal_of_the_database_shows_no_data(
    database: str, customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ALTER TABLE customers ADD CONSTRAINT no_ivan CHECK (name NOT LIKE 'Ivan%')")
    with pytest.raises(UnexpectedDatabaseError) as caught:
        await customers.add(new_customer())
    assert str(caught.value) == "CheckViolation, sqlstate 23514, constraint no_ivan"
    assert caught.value.__cause__ is None
    assert "Ivanov" not in caplog.text


async def test_column_that_wants_a_value_is_named(
    database: str, customers: PostgresCustomerRepository
) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ALTER TABLE customers ADD password_hash text NOT NULL")
    with pytest.raises(UnexpectedDatabaseError, match="23502, column password_hash"):
        await customers.add(new_customer())
