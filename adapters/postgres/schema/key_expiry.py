"""Забвение старых ключей идемпотентности."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text

from adapters.postgres.connection import engine
from adapters.postgres.schema.key_pages import ON_PAGES, PAGES, page_ranges

_DELETE = text(
    f"DELETE FROM idempotency_keys WHERE {ON_PAGES}"  # noqa: S608 — условие своё
    " AND coalesce(used_at, registered_at) < :before"
)


def forget_keys(
    database_url: str, *, before: datetime, log_sql: bool, pages: int = PAGES
) -> Iterator[int]:
    """Удаляет ключи просьб, исполненных раньше; покупатели остаются.

    Каждая пачка — своя транзакция: остановленное на середине можно продолжить, начав заново.

    Args:
        database_url: адрес libpq.
        before: удаляются исполненные до этого времени; UTC.
        log_sql: писать ли в журнал команды SQL.
        pages: страниц таблицы в пачке.

    Returns:
        Сколько удалено, по пачкам.

    Raises:
        adapters.postgres.connection.DatabaseError: база данных недоступна или таблицы в ней нет.
    """
    naive = before.astimezone(UTC).replace(tzinfo=None)
    with engine(database_url, log_sql=log_sql) as opened:
        for limits in page_ranges(opened, pages):
            with opened.begin() as connection:
                deleted = connection.execute(_DELETE, {**limits, "before": naive}).rowcount
            yield deleted
