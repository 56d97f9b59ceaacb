"""Последовательность номеров после миграции: догоняет строки и не уходит назад."""

import pytest

from adapters.postgres.schema.upgrade import MigrationError, migrate
from tests.support.schema import ADD, emails, execute_many


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
