"""Кто кого ждёт при миграции: процессы друг друга, миграция — чужую программу, её — читатели."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from adapters.postgres.schema.upgrade import MigrationError, migrate
from tests.support.eventually import eventually
from tests.support.schema import ADD, emails, schema_differences
from tests.support.sql import order


def lock_migrations(connection: psycopg.Connection) -> None:
    """Берёт замок, под которым миграции идут у другого процесса."""
    connection.execute("SELECT pg_advisory_xact_lock(30012026)")


def waits_longer_than(database: str, period: str) -> bool:
    with psycopg.connect(database) as opened:
        waiting = "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory'"
        longer = (
            f"{waiting} AND datname = current_database() AND now() - query_start > %s::interval"
        )
        return opened.execute(longer.encode(), [period]).rowcount == 1


def test_processes_that_start_together_do_not_collide(empty_database: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: migrate(empty_database, log_sql=False), range(8)))
    assert schema_differences(empty_database) == []


def test_those_who_only_read_the_table_are_not_waited_for(earlier: str) -> None:
    with psycopg.connect(earlier) as reader:
        reader.execute("SELECT FROM customers")
        migrate(earlier, log_sql=False)


def test_open_transaction_of_another_program_is_waited_for_only_so_long(earlier: str) -> None:
    with psycopg.connect(earlier) as other:
        other.execute(ADD, ("ivan@example.ru",))
        with pytest.raises(MigrationError, match="let it end, or end it"):
            migrate(earlier, log_sql=False)
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {1: "ivan@example.ru"}


def test_process_that_waits_for_another_to_migrate_waits_as_long_as_it_takes(
    empty_database: str,
) -> None:
    for name in ("lock_timeout", "statement_timeout"):
        order(empty_database, name, "1s")
    with psycopg.connect(empty_database) as another, ThreadPoolExecutor(1) as pool:
        lock_migrations(another)
        waiting = pool.submit(migrate, empty_database, log_sql=False)
        # Дольше, чем ждут таблицу, которую держит чужая программа.
        eventually(lambda: waits_longer_than(empty_database, "5.5 s"))
        another.rollback()
        waiting.result(30)
    assert schema_differences(empty_database) == []
