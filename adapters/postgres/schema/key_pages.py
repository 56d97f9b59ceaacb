"""Таблица ключей по кускам: что меняется во всей, меняется по частям, и никто не ждёт."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Engine, text

PAGES = 1024
"""Страниц за раз: 8 МиБ таблицы и доли секунды."""

ON_PAGES = "ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)"
"""Условие: строки куска.

По страницам, а не по времени: указателя по нему нет (он замедлил бы каждую регистрацию), а так вся
таблица читается один раз, сколько бы ни было кусков (TID Range Scan, PostgreSQL 14).
"""

_SIZE = text("SELECT pg_relation_size('idempotency_keys') / current_setting('block_size')::integer")


def page_count(connection: Connection) -> int:
    """Говорит, сколько страниц в таблице."""
    return connection.scalar(_SIZE) or 0


def page_ranges(engine: Engine, pages: int) -> Iterator[Mapping[str, str]]:
    """Перечисляет куски по столько страниц: параметры для ``ON_PAGES``."""
    with engine.begin() as connection:
        last = page_count(connection)
    for first in range(0, last, pages):
        yield {"first": f"({first},0)", "end": f"({first + pages},0)"}
