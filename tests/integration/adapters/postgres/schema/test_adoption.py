"""Таблица прежней версии сервиса: какую принимают, какую нет и что в ней правят."""

import psycopg
import pytest

from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.audit import Violation, audit
from adapters.postgres.schema.upgrade import MigrationError, migrate
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer
from tests.support.earlier_table import EARLIER_TABLE, NO_TIMES, UNIQUE_INDEX
from tests.support.schema import ADD, emails, execute_many, schema_differences
from tests.support.sql import execute, order


@pytest.mark.anyio
async def test_earlier_table_is_adopted_with_rows_and_sequence(earlier: str) -> None:
    execute_many(earlier, ADD, *((f"customer{n}@example.ru",) for n in range(1, 501)))
    migrate(earlier, log_sql=False)
    assert schema_differences(earlier) == []
    async with postgres_customers(earlier, log_sql=False) as customers:
        for _ in range(3):
            with pytest.raises(EmailAlreadyRegisteredError):
                await customers.add(new_customer(email="Customer7@example.ru"))
        assert (await customers.add(new_customer(email="new@example.ru"))).customer.id == 501


def test_missing_unique_index_is_made(empty_database: str) -> None:
    execute_many(empty_database, EARLIER_TABLE)
    execute_many(empty_database, "CREATE INDEX ix_customers_email ON customers (email)")
    execute_many(empty_database, ADD, ("ivan@example.ru",))
    migrate(empty_database, log_sql=False)
    assert schema_differences(empty_database) == []
    with pytest.raises(psycopg.errors.UniqueViolation):
        execute_many(empty_database, ADD, ("ivan@example.ru",))


def test_wider_columns_and_own_ones_that_fill_themselves_are_adopted(earlier: str) -> None:
    execute_many(
        earlier,
        "ALTER TABLE customers ALTER name TYPE text, ALTER phone TYPE varchar(26),"
        " ADD loyalty integer NOT NULL DEFAULT 0, ADD note text,"
        " ADD serial_number integer NOT NULL GENERATED ALWAYS AS IDENTITY,"
        " ADD doubled integer NOT NULL GENERATED ALWAYS AS (coalesce(age, 0) * 2) STORED",
    )
    migrate(earlier, log_sql=False)
    with psycopg.connect(earlier) as opened:
        assert opened.execute("SELECT count(*) FROM idempotency_keys").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("ALTER TABLE customers DROP COLUMN phone", "has no column phone"),
        (
            "ALTER TABLE customers ALTER name TYPE varchar(99), ALTER phone TYPE varchar(24)",
            r"ALTER name TYPE varchar\(100\), ALTER phone TYPE varchar\(25\)$",
        ),
        ("ALTER TABLE customers ALTER age TYPE varchar", "nothing could be stored .* operator"),
        ("ALTER TABLE customers ADD password_hash text NOT NULL", "wants a value in password_hash"),
        ("ALTER TABLE customers ALTER age SET DEFAULT 0, ALTER age SET NOT NULL", "value in age"),
        ("DROP SEQUENCE customers_id_seq CASCADE", "has no sequence"),
    ],
)
def test_foreign_table_is_refused_in_one_line(earlier: str, change: str, message: str) -> None:
    execute_many(earlier, change)
    with pytest.raises(MigrationError, match=message) as caught:
        migrate(earlier, log_sql=False)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "spoiled",
    [
        "CREATE UNIQUE INDEX ix_customers_email ON customers (email) WHERE age > 5",
        "CREATE UNIQUE INDEX ix_customers_email ON customers (lower(email))",
        "CREATE UNIQUE INDEX ix_customers_email ON customers (email, name)",
    ],
    ids=["partial", "by an expression", "of two columns"],
)
def test_unique_index_that_keeps_no_email_unique_is_replaced(
    empty_database: str, spoiled: str
) -> None:
    execute_many(empty_database, EARLIER_TABLE)
    execute_many(empty_database, spoiled)
    migrate(empty_database, log_sql=False)
    execute_many(empty_database, ADD + " ON CONFLICT (email) DO NOTHING", ("ivan@example.ru",))
    with pytest.raises(psycopg.errors.UniqueViolation):
        execute_many(empty_database, ADD, ("ivan@example.ru",))


def test_index_that_could_not_be_built_is_replaced(empty_database: str) -> None:
    execute_many(empty_database, EARLIER_TABLE)
    execute_many(empty_database, ADD, ("ivan@example.ru",), ("ivan@example.ru",))
    with (
        psycopg.connect(empty_database, autocommit=True) as opened,
        pytest.raises(psycopg.errors.UniqueViolation),
    ):
        opened.execute(UNIQUE_INDEX.replace("INDEX", "INDEX CONCURRENTLY").encode())
    execute_many(empty_database, "DELETE FROM customers WHERE id = 2")
    migrate(empty_database, log_sql=False)
    execute_many(empty_database, ADD + " ON CONFLICT (email) DO NOTHING", ("ivan@example.ru",))
    assert emails(empty_database) == {1: "ivan@example.ru"}


def test_unique_constraint_that_is_checked_too_late_is_refused_in_one_line(
    empty_database: str,
) -> None:
    execute_many(empty_database, EARLIER_TABLE)
    execute_many(
        empty_database,
        "ALTER TABLE customers ADD CONSTRAINT ix_customers_email UNIQUE (email) DEFERRABLE",
    )
    with pytest.raises(MigrationError, match="cannot drop index ix_customers_email") as caught:
        migrate(empty_database, log_sql=False)
    assert "\n" not in str(caught.value)


def test_index_of_another_table_is_left_alone(empty_database: str) -> None:
    execute_many(empty_database, EARLIER_TABLE)
    execute_many(empty_database, "CREATE TABLE other (email text)")
    execute_many(empty_database, UNIQUE_INDEX.replace("customers (", "other ("))
    with pytest.raises(MigrationError, match="already exists"):
        migrate(empty_database, log_sql=False)


def test_pauses_of_the_service_end_no_transaction(earlier: str) -> None:
    execute(
        earlier,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT 'Ivan', n || '@Example.ru', now() FROM generate_series(1, 20000) AS n",
    )
    order(earlier, "idle_in_transaction_session_timeout", "1ms")
    assert sum(batch.checked for batch in audit(earlier, log_sql=False)) == 20_000
    migrate(earlier, log_sql=False)
    assert sum(len(batch.violations) for batch in audit(earlier, log_sql=False)) == 0


def test_customers_without_an_email_are_adopted(earlier: str) -> None:
    execute_many(earlier, "ALTER TABLE customers ALTER email DROP NOT NULL")
    execute_many(earlier, ADD, (None,), (None,), ("Ivan@Example.RU",))
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {1: None, 2: None, 3: "ivan@example.ru"}


@pytest.mark.parametrize("moment", NO_TIMES)
def test_customers_without_a_time_are_named_and_refused(earlier: str, moment: str | None) -> None:
    execute_many(earlier, "ALTER TABLE customers ALTER registered_at DROP NOT NULL")
    execute_many(earlier, ADD, *((f"{n}@example.ru",) for n in range(3)))
    execute(earlier, "UPDATE customers SET registered_at = %s WHERE id > 1", moment)
    with pytest.raises(MigrationError, match="registered_at of 2 customers, 2 is the first"):
        migrate(earlier, log_sql=False)
    found = [one for batch in audit(earlier, log_sql=False) for one in batch.violations]
    assert found == [Violation(n, "registered_at", "no_time") for n in (2, 3)]
    execute(earlier, "UPDATE customers SET registered_at = now()")
    migrate(earlier, log_sql=False)
