"""События, записанные для подписчиков: в PostgreSQL и в памяти."""

from attrs import frozen

from adapters.memory_events import InMemoryEvents
from domain.events import CUSTOMER_REGISTERED, Source
from tests.support.sql import execute
from tests.support.told_events_contract import ToldEvents


@frozen
class PostgresEvents(ToldEvents):
    """События в базе данных."""

    database: str

    def subscribe(self, name: str) -> None:
        execute(
            self.database,
            "INSERT INTO event_subscribers (name, types) VALUES (%s, %s)",
            name,
            [CUSTOMER_REGISTERED],
        )

    def told(self) -> list[tuple[str, int, Source]]:
        rows = execute(
            self.database,
            "SELECT name, customer_id, source FROM waiting_events"
            " JOIN event_subscribers ON event_subscribers.id = subscriber_id ORDER BY 1, 2",
        )
        return [(str(name), int(str(number)), Source(str(source))) for name, number, source in rows]


@frozen
class MemoryEvents(ToldEvents):
    """События в памяти."""

    events: InMemoryEvents

    def subscribe(self, name: str) -> None:
        self.events.subscribe(name)

    def told(self) -> list[tuple[str, int, Source]]:
        return sorted(
            (one.subscriber, one.event.registered.customer_id, one.event.registered.source)
            for one in self.events.waiting.values()
        )
