"""Строки взятых событий: что в каком столбце."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from psycopg.pq.abc import PGresult

from adapters.postgres.registration.statements import cell
from application.waiting_events import WaitingEvent
from domain.customer import CustomerData
from domain.events import CustomerRegistered, Source, event_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def taken_event(result: PGresult, row: int) -> WaitingEvent:
    """Читает событие из строки ``row`` ответа на ``TAKE``."""
    number, database, customer_id, source, trace, attempts, waited, moment, customer, _ = (
        cell(result, row, column).decode() for column in range(10)
    )
    stored: Mapping[str, Any] = orjson.loads(customer)
    return WaitingEvent(
        id=int(number),
        event_id=event_id(UUID(database), int(customer_id)),
        registered=CustomerRegistered(
            customer_id=int(customer_id),
            registered_at=_EPOCH + timedelta(microseconds=int(moment)),
            customer=CustomerData(**stored),
            source=Source(source),
        ),
        attempts=int(attempts),
        waited=float(waited),
        trace=trace or None,
    )
