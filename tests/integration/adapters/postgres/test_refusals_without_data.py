"""Отказ PostgreSQL говорит, чем кончилось, и не повторяет ни строки таблицы, ни чужого текста."""

import pytest

from adapters.postgres.connection import DatabaseError, transaction
from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.schema.upgrade import MigrationError, migrate
from tests.support.crm import Crm
from tests.support.schema import ADD
from tests.support.sql import add_trigger, execute

EMAIL = "Anna@Shop.example"
# Чем бывает недоволен триггер: своими словами под любым SQLSTATE, значением, своей же командой.
ACTIONS = {
    "own words": "RAISE EXCEPTION 'e-mail %% is locked', OLD.email",
    "of the SQL/PSM kind": "RAISE EXCEPTION '%%', OLD.email USING ERRCODE = '45000'",
    "as a broken constraint": "RAISE EXCEPTION '%%', OLD.email USING ERRCODE = '23514'",
    "as a missing right": "RAISE EXCEPTION '%%', OLD.email USING ERRCODE = '42501'",
    "as a stop": "RAISE EXCEPTION '%%', OLD.email USING ERRCODE = '57014'",
    "as advice": "RAISE EXCEPTION 'locked' USING HINT = OLD.email",
    "a value": "PERFORM OLD.email::integer",
    "a statement": "EXECUTE 'SELECT ' || OLD.email",
}
KINDS = pytest.mark.parametrize("kind", ACTIONS)


def is_silent(told: str) -> bool:
    return "anna" not in told.lower() and "shop" not in told.lower() and "\n" not in told.strip()


@KINDS
def test_migration_that_a_trigger_stops(crm: Crm, earlier: str, kind: str) -> None:
    execute(earlier, ADD, EMAIL)
    add_trigger(earlier, "locked", "BEFORE UPDATE ON customers FOR EACH ROW", ACTIONS[kind])
    with pytest.raises(MigrationError, match=r"PostgreSQL refused: .*sqlstate") as caught:
        migrate(earlier, log_sql=False)
    assert is_silent(str(caught.value))
    done = crm(earlier, "migrate", "up")
    assert (done.exit_code, done.stdout) == (1, "")
    assert is_silent(done.stderr)


@KINDS
@pytest.mark.anyio
async def test_erasure_that_a_trigger_stops(database: str, kind: str) -> None:
    execute(database, ADD, EMAIL)
    event = "AFTER DELETE ON customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    add_trigger(database, "locked", event, ACTIONS[kind])
    records = PostgresCustomerRecords(database, log_sql=False)
    with pytest.raises(DatabaseError, match=r"PostgreSQL refused: .*sqlstate") as caught:
        await records.erase(1, leaves_tombstone=False)
    assert is_silent(str(caught.value))


def test_value_that_does_not_suit(database: str) -> None:
    execute(database, ADD, EMAIL)
    change = "ALTER TABLE customers ALTER name TYPE integer USING email::integer"
    with (
        pytest.raises(DatabaseError, match=r"PostgreSQL refused: .*sqlstate 22P02") as caught,
        transaction(database, log_sql=False) as connection,
    ):
        connection.exec_driver_sql(change)
    assert is_silent(str(caught.value))


@pytest.mark.parametrize("stored", ["infinity", "12026-02-11", "0044-03-15 BC"])
def test_value_that_only_the_server_reads(database: str, stored: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"^a stored value cannot be read") as caught,
        transaction(database, log_sql=False) as connection,
    ):
        connection.exec_driver_sql(f"SELECT '{stored}'::timestamp").one()
    assert stored not in str(caught.value)


def test_what_the_server_itself_says_is_repeated(database: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r'^PostgreSQL refused: relation "none" does not exist'),
        transaction(database, log_sql=False) as connection,
    ):
        connection.exec_driver_sql("SELECT FROM none")
