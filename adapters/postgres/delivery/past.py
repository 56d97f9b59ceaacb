"""События, которых больше не шлют: доставленные и те, от которых пришлось отступиться."""

from datetime import UTC, datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import text

from adapters.postgres.connection import transaction
from domain.events import event_id

_RECENT = text("""
    SELECT past_events.id, name, type, customer_id, source, happened_at, attempts, ended_at,
        failure,
        (SELECT id FROM event_database) AS database
    FROM past_events JOIN event_subscribers ON event_subscribers.id = subscriber_id
    WHERE ended_at BETWEEN now() - interval '10 s' AND now() + interval '10 s'
    ORDER BY ended_at, past_events.id
""")


@frozen(kw_only=True)
class PastEvent:
    """Событие, которого больше не шлют.

    Attributes:
        subscriber: имя подписчика.
        type: тип события.
        event_id: номер события.
        customer_id: о ком оно.
        source: откуда новость.
        attempts: сколько раз его слали.
        ended_at: когда отмечено; UTC.
        failure: почему отступились; ``None`` — доставлено.
    """

    subscriber: str
    type: str
    event_id: UUID
    customer_id: int
    source: str
    attempts: int
    ended_at: datetime
    failure: str | None


def tail(database_url: str, *, seen: set[int], log_sql: bool) -> list[PastEvent]:
    """Возвращает отмеченные за последние секунды, которых в ``seen`` ещё нет, и добавляет их туда.

    Не «после последнего номера»: транзакция, которая кончилась позже, могла взять меньший, и он
    пропал бы.

    Raises:
        adapters.postgres.connection.DatabaseError: база данных недоступна.
    """
    with transaction(database_url, log_sql=log_sql) as connection:
        rows = connection.execute(_RECENT).all()
    fresh = [row for row in rows if row.id not in seen]
    seen.clear()
    seen.update(row.id for row in rows)
    return [
        PastEvent(
            subscriber=row.name,
            type=row.type,
            event_id=event_id(
                row.database,
                row.customer_id,
                row.happened_at and row.happened_at.astimezone(UTC),
            ),
            customer_id=row.customer_id,
            source=row.source,
            attempts=row.attempts,
            ended_at=row.ended_at.astimezone(UTC),
            failure=row.failure,
        )
        for row in fresh
    ]
