"""Отказ PostgreSQL говорит и то, что с ним делать."""

import pytest

from adapters.postgres.schema.upgrade import MigrationError, migrate, schema_status
from tests.support.earlier_table import EARLIER_TABLE
from tests.support.sql import execute, order


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("TABLE {} ()", "idempotency_keys"),
        ("SEQUENCE {}", "waiting_events"),
        ("TYPE {} AS ENUM ()", "past_events"),
    ],
)
def test_name_that_another_program_has_taken(empty_database: str, kind: str, name: str) -> None:
    execute(empty_database, f"CREATE {kind.format(name)}")
    with pytest.raises(MigrationError, match=f'"{name}" already exists .*RENAME what has it'):
        migrate(empty_database, log_sql=False)


@pytest.mark.parametrize(
    ("setting", "value", "advice"),
    [
        ("default_transaction_read_only", "on", "URL of the primary, .*RESET default_transaction_"),
        ("search_path", "nowhere", "SET search_path = public"),
    ],
)
def test_setting_of_the_database_that_lets_nothing_be_made(
    empty_database: str, setting: str, value: str, advice: str
) -> None:
    order(empty_database, setting, value)
    with pytest.raises(MigrationError, match=advice):
        migrate(empty_database, log_sql=False)


def test_advice_of_the_server_itself(empty_database: str) -> None:
    execute(empty_database, EARLIER_TABLE)
    execute(
        empty_database,
        "ALTER TABLE customers ADD CONSTRAINT ix_customers_email UNIQUE (email) DEFERRABLE",
    )
    with pytest.raises(MigrationError, match="You can drop constraint ix_customers_email"):
        migrate(empty_database, log_sql=False)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ("INSERT INTO {} VALUES ('0001')", "several rows, .*delete all but the one"),
        ("UPDATE {} SET version_num = 'abc', oldest_program = NULL", "put back what it held"),
        (
            "ALTER TABLE {0} DROP oldest_program; UPDATE {0} SET version_num = 'abc'",
            "put back what it held",
        ),
    ],
    ids=["two", "unknown", "of another program"],
)
def test_version_table_that_cannot_be_understood(database: str, change: str, advice: str) -> None:
    execute(database, change.format("crm_api_schema_version"))
    for ask in (migrate, schema_status):
        with pytest.raises(MigrationError, match=advice):
            ask(database, log_sql=False)
