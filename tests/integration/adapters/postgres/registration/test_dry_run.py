"""Хранилище для пробы исполняет договор порта, знает настоящее и ничего не записывает."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from adapters.postgres.connection import DatabaseError
from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.customer_repository import Registration
from application.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customer_repository_contract import CustomerRepositoryContract
from tests.support.customers import LATER_AT, new_customer
from tests.support.idempotency_keys_contract import KEY
from tests.support.schema import ADD


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with dry_run_customers(database, log_sql=True) as customers:
        yield customers


class TestDryRunCustomers(CustomerRepositoryContract):
    """Договор порта."""


pytestmark = pytest.mark.anyio


def rows(database: str) -> object:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM idempotency_keys),"
            " (SELECT last_value FROM customers_id_seq)"
        ).fetchone()


async def test_nothing_is_stored(database: str, customers: PostgresCustomerRepository) -> None:
    before = rows(database)
    await customers.add(new_customer())
    await customers.add(new_customer(email="pyotr@example.ru"), KEY)
    assert rows(database) == before


async def test_real_customers_and_keys_are_known(
    database: str, customers: PostgresCustomerRepository
) -> None:
    async with postgres_customers(database, log_sql=False) as real:
        first = await real.add(new_customer(), KEY)
    again = await customers.add(new_customer(registered_at=LATER_AT), KEY)
    assert again == Registration(first.customer, is_replay=True)
    with pytest.raises(EmailAlreadyRegisteredError):
        await customers.add(new_customer(), IdempotencyKey("other"))
    with pytest.raises(IdempotencyKeyReusedError):
        await customers.add(new_customer(age=1), KEY)


async def test_keys_of_a_schema_that_is_not_yet_brought_up_to_date_are_known(
    database: str,
) -> None:
    async with postgres_customers(database, log_sql=False) as real:
        first = await real.add(new_customer(), KEY)
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE idempotency_keys DROP COLUMN used_at")
        connection.execute("DROP TABLE emails_as_given")
    async with dry_run_customers(database, log_sql=False) as customers:
        again = await customers.add(new_customer(registered_at=LATER_AT), KEY)
    assert (again.customer, again.used_at) == (first.customer, first.customer.registered_at)


async def test_emails_of_a_schema_that_is_not_yet_brought_up_to_date_are_known(
    database: str, customers: PostgresCustomerRepository
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(ADD, ["οδος@example.gr"])
    for spelling in ("οδος@example.gr", "ΟΔΟΣ@example.gr"):
        with pytest.raises(EmailAlreadyRegisteredError):
            await customers.add(new_customer(email=spelling))


async def test_lost_connection_ends_the_dry_run(
    database: str, customers: PostgresCustomerRepository
) -> None:
    await customers.add(new_customer())
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'crm-api' AND datname = current_database()"
        )
    with pytest.raises(DatabaseError, match="the dry run was broken off") as caught:
        await customers.add(new_customer(email="pyotr@example.ru"))
    assert "pyotr" not in str(caught.value)


async def test_says_whether_the_database_could_store(
    customers: PostgresCustomerRepository,
) -> None:
    await customers.ensure_ready()


async def test_statements_are_logged_without_parameters(
    customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await customers.add(new_customer())
    assert "SELECT customers.id FROM customers WHERE customers.email = given.email" in caplog.text
    assert "ivan" not in caplog.text.lower()
