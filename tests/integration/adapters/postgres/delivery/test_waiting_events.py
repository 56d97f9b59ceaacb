"""События в PostgreSQL исполняют договор порта; взятое надёжно, и мёртвые строки ему не помеха."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.delivery.statements import TAKE
from adapters.postgres.delivery.waiting import PostgresWaitingEvents, postgres_events
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.waiting_events import EventsUnavailableError, Settlement
from domain.events import CUSTOMER_REGISTERED, Source
from tests.faults.pooler import running_pooler
from tests.support.customers import new_customer
from tests.support.embedded_server import linux_only, own_server_only
from tests.support.repeated_registrations_contract import DAY
from tests.support.required_programs import needs
from tests.support.sql import add_trigger, execute
from tests.support.stored_events import PostgresEvents
from tests.support.waiting_events_contract import LEASE, Shop, WaitingEventsContract

pytestmark = pytest.mark.anyio


class PostgresShop(Shop):
    """База данных; время в ней идёт назад: стареют сами события."""

    def __init__(
        self,
        database: str,
        events: PostgresWaitingEvents,
        customers: PostgresCustomerRepository,
    ) -> None:
        self.events = events
        self._database = database
        self._customers = customers

    def subscribe(self, name: str) -> None:
        PostgresEvents(self._database).subscribe(name)

    async def register(self, email: str, source: Source = Source.REGISTRATION) -> None:
        await self._customers.add(new_customer(email=email), None, source)

    async def repeat(self, customer_id: int, at: datetime) -> None:
        await self._customers.tell_repeated(customer_id, at, at - DAY)

    def wait(self, seconds: float) -> None:
        execute(
            self._database,
            "UPDATE waiting_events SET next_attempt_at = next_attempt_at - %s::interval,"
            " written_at = written_at - %s::interval",
            f"{seconds} s",
            f"{seconds} s",
        )

    def resume(self, name: str) -> None:
        change = "UPDATE event_subscribers SET is_paused = false WHERE name = %s"
        execute(self._database, change, name)


@pytest.fixture
async def events(database: str) -> AsyncIterator[PostgresWaitingEvents]:
    async with postgres_events(database, log_sql=True, keep_days=1) as events:
        yield events


@pytest.fixture
async def shop(
    database: str, events: PostgresWaitingEvents, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PostgresShop]:
    # Время в договоре идёт назад, и то, что было взято раньше, оказывается за отметкой.
    monkeypatch.setattr("adapters.postgres.delivery.waiting._FULL_LOOK", 0.0)
    async with postgres_customers(database, log_sql=False) as customers:
        yield PostgresShop(database, events, customers)


class TestPostgresWaitingEvents(WaitingEventsContract):
    """Договор порта."""


def fill(database: str, count: int) -> None:
    """Записывает столько покупателей и по событию на каждого."""
    PostgresEvents(database).subscribe("crm")
    execute(
        database,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT 'Ivan', n || '@example.ru', now() FROM generate_series(1, %s) AS n",
        count,
    )
    execute(
        database,
        "INSERT INTO waiting_events (subscriber_id, type, customer_id, source)"
        " SELECT 1, %s, id, 'registration' FROM customers",
        CUSTOMER_REGISTERED,
    )


async def test_erased_customer_is_told_of_no_more(
    database: str, events: PostgresWaitingEvents
) -> None:
    fill(database, 2)
    execute(database, "DELETE FROM customers WHERE id = 1")
    [event] = await events.take("crm", 10, LEASE)
    assert event.happened.customer_id == 2
    assert execute(database, "SELECT customer_id FROM waiting_events") == [(2,)]


async def test_many_senders_share_the_events(database: str) -> None:
    fill(database, 300)
    taken: list[int] = []

    async def send() -> None:
        async with postgres_events(database, log_sql=False, keep_days=0) as events:
            while batch := await events.take("crm", 7, LEASE):
                taken.extend(event.id for event in batch)

    await asyncio.gather(*(send() for _ in range(4)))
    assert sorted(taken) == list(range(1, 301))


async def test_warning_on_the_lease_sends_nothing(
    database: str, events: PostgresWaitingEvents
) -> None:
    fill(database, 1)
    warning = "RAISE WARNING 'canceling wait for synchronous replication'; RETURN NULL"
    add_trigger(database, "warn", "AFTER UPDATE ON waiting_events", warning)
    with pytest.raises(EventsUnavailableError, match="does not say that they are safe"):
        await events.take("crm", 10, LEASE)


async def test_delivered_are_remembered_as_long_as_they_are_told_to(database: str) -> None:
    fill(database, 2)
    past = "SELECT customer_id, failure FROM past_events ORDER BY 1"

    async def deliver(keep_days: int) -> None:
        async with postgres_events(database, log_sql=False, keep_days=keep_days) as events:
            taken = await events.take("crm", 1, LEASE)
            await events.settle([Settlement(event=event) for event in taken])

    await deliver(0)
    assert execute(database, past) == []
    await deliver(1)
    assert execute(database, past) == [(2, None)]


async def test_event_whose_id_a_past_one_has_is_settled_with_the_others(
    database: str, events: PostgresWaitingEvents
) -> None:
    fill(database, 3)
    execute(
        database,
        "INSERT INTO past_events (id, subscriber_id, type, customer_id, source, attempts, failure)"
        " SELECT id, 1, 'customer.registered', 77, 'registration', 9, 'HTTP 500'"
        " FROM waiting_events WHERE id < 3",
    )
    one, two, three = await events.take("crm", 10, LEASE)
    await events.settle(
        [
            Settlement(event=one),
            Settlement(event=two, failure="HTTP 500"),
            Settlement(event=three, failure="HTTP 500", retry_in=1),
        ]
    )
    assert execute(database, "SELECT id FROM waiting_events") == [(three.id,)]
    past = execute(database, "SELECT customer_id, failure FROM past_events ORDER BY id, failure")
    assert sorted(past, key=str) == [(1, None), (2, "HTTP 500"), *[(77, "HTTP 500")] * 2]


async def test_several_ids_of_the_database_are_told_in_words(
    database: str, events: PostgresWaitingEvents
) -> None:
    fill(database, 1)
    execute(database, "INSERT INTO event_database VALUES (gen_random_uuid())")
    with pytest.raises(EventsUnavailableError, match="event_database holds several rows"):
        await events.take("crm", 1, LEASE)
    execute(database, "DELETE FROM event_database WHERE ctid = '(0,2)'")
    assert len(await events.take("crm", 1, LEASE)) == 1


async def test_lost_connection_is_opened_anew(database: str, events: PostgresWaitingEvents) -> None:
    fill(database, 1)
    assert await events.take("nobody", 1, LEASE) == []
    execute(
        database,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert len(await events.take("crm", 1, LEASE)) == 1


async def test_server_that_cannot_be_reached_hears_what_a_relay_needs() -> None:
    url = "postgresql://user:secret@127.0.0.1:1/crm"
    events = PostgresWaitingEvents(url, log_sql=False, keep_days=0)
    with pytest.raises(EventsUnavailableError, match="a connection of its own") as caught:
        await events.take("crm", 1, LEASE)
    assert "secret" not in str(caught.value)


async def test_idle_transaction_elsewhere_does_not_make_the_taking_slow(database: str) -> None:
    fill(database, 20_000)
    with psycopg.connect(database) as holder:
        holder.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        holder.execute("SELECT count(*) FROM waiting_events")
        async with postgres_events(database, log_sql=False, keep_days=0) as events:
            for _ in range(150):
                taken = await events.take("crm", 100, LEASE)
                await events.settle([Settlement(event=event) for event in taken])
        read = pages_of_a_take(database)
        assert execute(database, "SELECT count(*) FROM waiting_events") == [(5000,)]
    # Пятнадцать тысяч мёртвых строк лежат на сотнях страниц; до них дела нет.
    assert read < 2000


def pages_of_a_take(database: str) -> int:
    """Сколько страниц читает взятие с отметки, которую дала прошлая пачка."""
    with psycopg.connect(database) as connection:
        connection.execute(f"PREPARE take AS {TAKE.sql}".encode())
        mark = connection.execute(
            "SELECT extract(epoch FROM min(next_attempt_at))::float8 FROM waiting_events"
        ).fetchall()[0][0]
        plan = connection.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE take('crm', {mark}, 1, 8)".encode()
        ).fetchall()[0][0][0]["Plan"]
        connection.rollback()
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@needs("pgbouncer")
@linux_only
@own_server_only
class TestBehindAPooler:
    """PgBouncer в режиме транзакций: сервер под соединением меняется между командами."""

    @pytest.fixture
    def pooled(self, database: str, data_root: Path) -> Iterator[str]:
        with running_pooler(database, Folders(data_root / "shared"), servers=1) as url:
            yield url

    async def test_events_are_taken_and_settled(self, database: str, pooled: str) -> None:
        fill(database, 3)
        async with (
            postgres_events(pooled, log_sql=False, keep_days=0) as one,
            postgres_events(pooled, log_sql=False, keep_days=0) as two,
        ):
            taken = [*await one.take("crm", 2, LEASE), *await two.take("crm", 2, LEASE)]
            await one.settle([Settlement(event=event) for event in taken])
            assert await two.take("crm", 2, LEASE) == []
        assert execute(database, "SELECT count(*) FROM waiting_events") == [(0,)]
