"""Миграции и таблица покупателей: чем тесты готовят её и что в ней видят."""

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from adapters.postgres.connection import transaction
from adapters.postgres.schema.older_programs import VERSION_TABLE
from adapters.postgres.tables import metadata

EVENT_TABLES = (
    "event_subscribers, waiting_events, past_events, event_database, repeated_registrations"
)
LATER_TABLES = f"{EVENT_TABLES}, tombstones, tombstone_salt, emails_as_given"
"""Чего до миграции событий не было."""

WRITE = (
    "GRANT SELECT, INSERT, UPDATE ON customers, idempotency_keys, emails_as_given,"
    f" {EVENT_TABLES} TO"
)
"""Даёт роли, которую назовут следом, всё, кроме номеров."""

ADD = "INSERT INTO customers (name, email, registered_at) VALUES ('Ivan', %s, now())"


def execute_many(database: str, statement: str, *rows: tuple[object, ...]) -> None:
    """Исполняет команду с каждой строкой значений, а без строк один раз; всё одной транзакцией."""
    with psycopg.connect(database) as opened, opened.cursor() as cursor:
        cursor.executemany(statement, rows or [()])


def emails(database: str) -> dict[int, str | None]:
    """Адреса покупателей по их номерам."""
    with psycopg.connect(database) as opened:
        return dict(opened.execute("SELECT id, email FROM customers").fetchall())


def schema_differences(database: str) -> list[object]:
    """Чем схема отличается от таблиц, которые описаны в коде."""
    with transaction(database, log_sql=False) as opened:
        context = MigrationContext.configure(opened, opts={"version_table": VERSION_TABLE})
        return list(compare_metadata(context, metadata))
