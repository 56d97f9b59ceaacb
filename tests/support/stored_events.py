"""События, записанные для подписчиков: в PostgreSQL и в памяти."""

from collections.abc import Collection
from datetime import UTC, datetime

from attrs import frozen

from adapters.memory_events import InMemoryEvents
from domain.events import (
    CUSTOMER_REGISTERED,
    EVENT_TYPES,
    REGISTRATION_REPEATED,
    CustomerRegistered,
    RegistrationRepeated,
    Source,
)
from tests.support.sql import execute
from tests.support.told_events_contract import ToldEvents

_ROWS = (
    "SELECT name, customer_id, {} FROM waiting_events"
    " JOIN event_subscribers ON event_subscribers.id = subscriber_id WHERE type = %s ORDER BY 1, 2"
)


@frozen
class PostgresEvents(ToldEvents):
    """События в базе данных."""

    database: str

    def subscribe(self, name: str, types: Collection[str] = EVENT_TYPES) -> None:
        execute(
            self.database,
            "INSERT INTO event_subscribers (name, types) VALUES (%s, %s)",
            name,
            list(types),
        )

    def told(self) -> list[tuple[str, int, Source]]:
        rows = execute(self.database, _ROWS.format("source"), CUSTOMER_REGISTERED)
        return [(str(name), int(str(number)), Source(str(source))) for name, number, source in rows]

    def repeated(self) -> list[tuple[str, int, datetime]]:
        moment = "extract(epoch FROM happened_at)::float8"
        rows = execute(self.database, _ROWS.format(moment), REGISTRATION_REPEATED)
        return [
            (str(name), int(str(number)), datetime.fromtimestamp(float(str(at)), UTC))
            for name, number, at in rows
        ]


@frozen
class MemoryEvents(ToldEvents):
    """События в памяти."""

    events: InMemoryEvents

    def subscribe(self, name: str, types: Collection[str] = EVENT_TYPES) -> None:
        self.events.subscribe(name, types)

    def told(self) -> list[tuple[str, int, Source]]:
        return sorted(
            (one.subscriber, one.event.happened.customer_id, one.event.happened.source)
            for one in self.events.waiting.values()
            if isinstance(one.event.happened, CustomerRegistered)
        )

    def repeated(self) -> list[tuple[str, int, datetime]]:
        return sorted(
            (one.subscriber, one.event.happened.customer_id, one.event.happened.repeated_at)
            for one in self.events.waiting.values()
            if isinstance(one.event.happened, RegistrationRepeated)
        )
