"""Миграции: новая база данных и таблица, принятая от прежней версии сервиса."""

import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.postgres.schema.upgrade import MigrationError, migrate
from tests.support.schema import ADD, emails, execute_many, schema_differences


def test_new_database_gets_the_schema(empty_database: str) -> None:
    migrate(empty_database, log_sql=False)
    assert schema_differences(empty_database) == []


def test_migrating_again_changes_nothing(database: str) -> None:
    execute_many(database, ADD, ("ivan@example.ru",))
    migrate(database, log_sql=False)
    assert emails(database) == {1: "ivan@example.ru"}


def test_dry_run_does_it_all_and_undoes_it(earlier: str) -> None:
    execute_many(earlier, ADD, ("Ivan@Example.RU",))
    migrate(earlier, log_sql=False, is_dry_run=True)
    assert emails(earlier) == {1: "Ivan@Example.RU"}
    execute_many(earlier, ADD, ("ivan@example.ru",))
    with pytest.raises(MigrationError, match="one e-mail in normal form"):
        migrate(earlier, log_sql=False, is_dry_run=True)


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
