"""Забвение старых ключей идемпотентности."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text

from adapters.postgres.connection import engine

_PAGES = 1024  # страниц за раз: 8 МиБ таблицы и доли секунды

# По страницам, а не по времени: индекса по нему нет (он замедлил бы каждую регистрацию), а так
# вся таблица читается один раз, сколько бы ни было пачек (TID Range Scan, PostgreSQL 14).
_DELETE = text(
    "DELETE FROM idempotency_keys WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)"
    " AND coalesce(used_at, registered_at) < :before"
)
_SIZE = text("SELECT pg_relation_size('idempotency_keys') / current_setting('block_size')::integer")


def forget_keys(
    database_url: str, *, before: datetime, log_sql: bool, pages: int = _PAGES
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
        with opened.begin() as connection:
            size = connection.scalar(_SIZE) or 0
        for first in range(0, size, pages):
            limits = {"first": f"({first},0)", "end": f"({first + pages},0)", "before": naive}
            with opened.begin() as connection:
                deleted = connection.execute(_DELETE, limits).rowcount
            yield deleted
