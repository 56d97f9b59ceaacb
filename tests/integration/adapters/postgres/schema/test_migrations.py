"""Миграции: новая база данных и таблица, принятая от прежней версии сервиса."""

import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.upgrade import MigrationError, migrate
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer
from tests.support.earlier_table import EARLIER_TABLE, UNIQUE_INDEX
from tests.support.schema import ADD, emails, execute_many, schema_differences


def test_new_database_gets_the_schema(empty_database: str) -> None:
    migrate(empty_database, log_sql=False)
    assert schema_differences(empty_database) == []


def test_migrating_again_changes_nothing(database: str) -> None:
    execute_many(database, ADD, ("ivan@example.ru",))
    migrate(database, log_sql=False)
    assert emails(database) == {1: "ivan@example.ru"}


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


def test_adopted_emails_are_brought_to_normal_form(earlier: str) -> None:
    spelled = [
        "Ivan@Example.RU",
        " pyotr@example.ru ",
        "иван@xn--e1afmkfd.xn--p1ai",
        "not an E-mail",
    ]
    execute_many(earlier, ADD, *((email,) for email in spelled))
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {
        1: "ivan@example.ru",
        2: "pyotr@example.ru",
        3: "иван@пример.рф",
        4: "not an e-mail",
    }


def test_colliding_emails_stop_the_migration_and_are_listed_by_id(earlier: str) -> None:
    spelled = ["ivan@example.ru", "b@example.ru", "Ivan@Example.RU", "B@example.ru", "c@example.ru"]
    execute_many(earlier, ADD, *((email,) for email in spelled))
    before = emails(earlier)
    with pytest.raises(MigrationError, match="1, 3; 2, 4; nothing was changed") as caught:
        migrate(earlier, log_sql=False)
    assert "@" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert emails(earlier) == before
    # После исправления миграция проходит: остановка ничего за собой не оставила.
    execute_many(earlier, "DELETE FROM customers WHERE id IN (3, 4)")
    migrate(earlier, log_sql=False)
    assert schema_differences(earlier) == []


@pytest.mark.parametrize(
    ("groups", "end"), [(20, "39, 40; nothing"), (30, "39, 40; and 10 more groups; nothing")]
)
def test_many_collisions_are_counted(earlier: str, groups: int, end: str) -> None:
    pairs = [(f"{name}{n}@example.ru",) for n in range(groups) for name in ("a", "A")]
    execute_many(earlier, ADD, *pairs)
    with pytest.raises(MigrationError, match=end):
        migrate(earlier, log_sql=False)


def test_email_whose_normal_form_does_not_fit_stays_as_it_was(earlier: str) -> None:
    # Строчная «İ» занимает два знака.
    fits, does_not = "A" * 89 + "@example.ru", "İ" * 60 + "@example.ru"
    execute_many(earlier, ADD, (fits,), (does_not,))
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {1: fits.lower(), 2: does_not}


def test_missing_unique_index_is_made(empty_database: str) -> None:
    execute_many(empty_database, EARLIER_TABLE)
    execute_many(empty_database, "CREATE INDEX ix_customers_email ON customers (email)")
    execute_many(empty_database, ADD, ("ivan@example.ru",))
    migrate(empty_database, log_sql=False)
    assert schema_differences(empty_database) == []
    with pytest.raises(psycopg.errors.UniqueViolation):
        execute_many(empty_database, ADD, ("ivan@example.ru",))


def test_sequence_behind_the_rows_is_advanced(earlier: str) -> None:
    execute_many(
        earlier,
        "INSERT INTO customers (id, name, email, registered_at)"
        " SELECT n, 'Ivan', n || '@example.ru', now() FROM generate_series(1, 500) AS n",
    )
    migrate(earlier, log_sql=False)
    execute_many(earlier, ADD, ("new@example.ru",))
    assert emails(earlier)[501] == "new@example.ru"


@pytest.mark.parametrize("first", ["", "SELECT nextval('customers_id_seq')"])
def test_sequence_that_fell_behind_later_is_advanced_too(database: str, first: str) -> None:
    if first:
        execute_many(database, first)
    execute_many(
        database,
        "INSERT INTO customers (id, name, email, registered_at)"
        " SELECT n, 'Ivan', n || '@example.ru', now() FROM generate_series(2, 500) AS n",
    )
    migrate(database, log_sql=False)
    migrate(database, log_sql=False)
    execute_many(database, ADD, ("new@example.ru",))
    assert emails(database)[501] == "new@example.ru"


def test_sequence_ahead_of_the_rows_is_kept(earlier: str) -> None:
    execute_many(earlier, ADD, *((f"{n}@example.ru",) for n in range(5)))
    execute_many(earlier, "DELETE FROM customers WHERE id > 1")
    migrate(earlier, log_sql=False)
    execute_many(earlier, ADD, ("new@example.ru",))
    assert emails(earlier) == {1: "0@example.ru", 6: "new@example.ru"}


def test_migration_that_stops_leaves_the_sequence_where_it_was(earlier: str) -> None:
    execute_many(
        earlier,
        "INSERT INTO customers (id, name, email, registered_at)"
        " VALUES (500, 'Ivan', 'ivan@example.ru', now())",
    )
    execute_many(earlier, "CREATE TABLE idempotency_keys (key text)")
    with pytest.raises(MigrationError, match="already exists"):
        migrate(earlier, log_sql=False)
    execute_many(earlier, ADD, ("new@example.ru",))
    assert emails(earlier)[1] == "new@example.ru"


def test_dry_run_does_it_all_and_undoes_it(earlier: str) -> None:
    execute_many(earlier, ADD, ("Ivan@Example.RU",))
    migrate(earlier, log_sql=False, is_dry_run=True)
    assert emails(earlier) == {1: "Ivan@Example.RU"}
    execute_many(earlier, ADD, ("ivan@example.ru",))
    with pytest.raises(MigrationError, match="one e-mail in normal form"):
        migrate(earlier, log_sql=False, is_dry_run=True)


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


def test_customers_without_an_email_are_adopted(earlier: str) -> None:
    execute_many(earlier, "ALTER TABLE customers ALTER email DROP NOT NULL")
    execute_many(earlier, ADD, (None,), (None,), ("Ivan@Example.RU",))
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {1: None, 2: None, 3: "ivan@example.ru"}


@pytest.mark.parametrize("encoding", ["WIN1251", "SQL_ASCII"])
def test_encoding_that_cannot_hold_every_name_is_refused_in_one_line(
    server_url: str, encoding: str
) -> None:
    name = f"test_{uuid.uuid4().hex}"
    create = "CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL(create).format(sql.Identifier(name), sql.Literal(encoding)))
        try:
            with pytest.raises(MigrationError, match=f"has the encoding {encoding}") as caught:
                migrate(make_conninfo(server_url, dbname=name), log_sql=False)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    assert "\n" not in str(caught.value)


def test_absent_server_is_one_clear_line() -> None:
    with pytest.raises(MigrationError, match="cannot reach the database") as caught:
        migrate("postgresql://user:topsecret@127.0.0.1:1/none", log_sql=False)
    assert "\n" not in str(caught.value)
    assert "topsecret" not in str(caught.value)
