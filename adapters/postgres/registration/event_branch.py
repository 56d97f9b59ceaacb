"""Ветвь команды записи, которая оставляет событие каждому подписчику.

Подписчики — строки таблицы: есть ли кому рассказывать, знает сама база данных, а не настройки того,
кто пишет. Без подписчиков соединение пусто, и ветвь не записывает ничего.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, Column, ColumnElement, FromClause, String, any_, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.statement import explained
from adapters.postgres.tables import event_subscribers, waiting_events
from domain.events import CUSTOMER_REGISTERED

EVENT_COLUMNS: Sequence[Column[Any]] = (Column("source", String), Column("trace", String))
"""Что просьба говорит о событии; без ``source`` его не будет."""


def told(stored: FromClause, customer_id: ColumnElement[Any], sent: CTE) -> CTE:
    """Собирает ветвь.

    Args:
        stored: записанные этой же командой рядом с посланным о них.
        customer_id: номер записанного.
        sent: посланное, в нём и ``EVENT_COLUMNS``.
    """
    source, trace = (sent.c[column.name] for column in EVENT_COLUMNS)
    kind = literal_column(f"'{CUSTOMER_REGISTERED}'", String)
    return (
        explained(
            insert(waiting_events),
            """Событие записывается с покупателем или никак. Данных покупателя в нём нет: их читают
            при отправке, и удалённого не пошлют. Внешнего ключа тоже нет: он блокировал бы строку
            подписчика, одну на всех.""",
        )
        .from_select(
            ["subscriber_id", "type", "customer_id", "source", "trace"],
            select(event_subscribers.c.id, kind, customer_id, source, trace)
            .select_from(stored.join(event_subscribers, kind == any_(event_subscribers.c.types)))
            .where(source.is_not(None)),
        )
        .cte("told")
    )
