"""Строки взятых событий: что в каком столбце."""

from typing import Any
from uuid import UUID

import orjson
from psycopg.pq.abc import PGresult

from adapters.postgres.text_format import cell, moment_of
from application.waiting_events import WaitingEvent
from domain.customer import CustomerData
from domain.events import (
    REGISTRATION_REPEATED,
    CustomerEvent,
    CustomerRegistered,
    RegistrationRepeated,
    Source,
    event_id,
)

_SOURCES = [*Source]


class UntoldEventError(ValueError):
    """Рассказать о событии сейчас нечего; в тексте — что с этим сделать оператору."""


def taken_event(result: PGresult, row: int) -> WaitingEvent:
    """Читает событие из строки ``row`` ответа на ``TAKE``.

    Raises:
        UntoldEventError: покупателя или того, что о событии записано, не прочесть.
    """
    number, database, customer_id, source, trace, attempts, waited, moment, customer, _, *what = (
        cell(result, row, column).decode() for column in range(12)
    )
    kind, happened_at = what
    if not customer:
        raise UntoldEventError("row security hides their customers: CREATE POLICY … FOR SELECT")
    if not moment:
        raise UntoldEventError("their customers have no registered_at: UPDATE customers SET …")
    if source not in _SOURCES:
        raise UntoldEventError(f"their source is none of {', '.join(_SOURCES)}")
    repeated_at = moment_of(int(happened_at)) if kind == REGISTRATION_REPEATED else None
    about: dict[str, Any] = {
        "customer_id": int(customer_id),
        "registered_at": moment_of(int(moment)),
        "customer": CustomerData(**orjson.loads(customer)),
    }
    happened: CustomerEvent = (
        RegistrationRepeated(**about, repeated_at=repeated_at)
        if repeated_at
        else CustomerRegistered(**about, source=Source(source))
    )
    return WaitingEvent(
        id=int(number),
        event_id=event_id(UUID(database), int(customer_id), repeated_at),
        happened=happened,
        attempts=int(attempts),
        waited=float(waited),
        trace=trace or None,
    )
