"""Оператор шлёт заново и убирает: сколько это стоит и что остаётся, если другие пишут."""

import asyncio
from datetime import UTC, datetime
from itertools import islice
from threading import Thread

import psycopg
import pytest

from adapters.postgres.delivery.operations import remove, replay_since
from adapters.postgres.delivery.waiting import postgres_events
from tests.support.eventually import eventually
from tests.support.plain_role import plain_role
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

ADD = "INSERT INTO customers (id, name, email, registered_at) VALUES (%s, 'Ivan', %s, %s)"
LEAVE = (
    "INSERT INTO waiting_events (subscriber_id, type, customer_id, source)"
    " SELECT id, 'customer.registered', 1, 'registration' FROM event_subscribers"
)
SETTLE = (
    "WITH ended AS (DELETE FROM waiting_events RETURNING *) INSERT INTO past_events"
    " (id, subscriber_id, type, customer_id, source, attempts, failure)"
    " SELECT id, subscriber_id, type, customer_id, source, 90, 'HTTP 500' FROM ended"
)
WAITING = "SELECT count(*) FROM waiting_events"
PAST = "SELECT count(*) FROM past_events"


@pytest.fixture
def subscribed(database: str) -> str:
    """Адрес базы данных, у событий которой есть подписчик."""
    PostgresEvents(database).subscribe("crm")
    return database


def parts(database: str, since: datetime | None = None) -> list[int]:
    """Сколько событий поставлено, по частям; частей не больше десяти."""
    told = replay_since(database, "crm", since=since, log_sql=False, part=2)
    return list(islice(told, 10))


def test_replay_costs_as_many_parts_as_there_are_customers_whatever_their_ids(
    subscribed: str,
) -> None:
    assert parts(subscribed) == []
    execute(subscribed, "ALTER TABLE customers ALTER id TYPE bigint")
    for number in (-(10**12), 0, 1, 2, 10**12):
        execute(subscribed, ADD, number, f"{number}@example.ru", "2026-01-01")
    assert parts(subscribed) == [2, 2, 1]
    assert parts(subscribed, datetime(2026, 1, 2, tzinfo=UTC)) == [0, 0, 0]
    told = "SELECT customer_id FROM waiting_events ORDER BY id"
    assert [number for (number,) in execute(subscribed, told)] == [-(10**12), 0, 1, 2, 10**12]


def test_everyone_is_those_too_who_have_no_time(subscribed: str) -> None:
    execute(subscribed, "ALTER TABLE customers ALTER registered_at DROP NOT NULL")
    for number, moment in enumerate((None, "-infinity", "infinity", "2026-01-01"), 1):
        execute(subscribed, ADD, number, f"{number}@example.ru", moment)
    assert sum(parts(subscribed)) == 4
    assert sum(parts(subscribed, datetime(2026, 1, 1, tzinfo=UTC))) == 2


def test_what_is_settled_while_its_subscriber_is_removed_does_not_stay(subscribed: str) -> None:
    execute(subscribed, LEAVE)
    removing = Thread(target=remove, args=(subscribed, "crm"), kwargs={"log_sql": False})
    locked = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(subscribed) as sender:
        sender.execute(SETTLE.encode())
        removing.start()
        eventually(lambda: execute(subscribed, locked))
    removing.join()
    assert (execute(subscribed, WAITING), execute(subscribed, PAST)) == ([(0,)], [(0,)])


@pytest.mark.anyio
async def test_event_written_while_its_subscriber_is_removed_does_not_stay(
    subscribed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    PostgresEvents(subscribed).subscribe("letters")
    with psycopg.connect(subscribed) as registering:
        registering.execute(LEAVE.encode())
        await asyncio.to_thread(remove, subscribed, "crm", log_sql=False)
    assert execute(subscribed, WAITING) == [(2,)]
    async with postgres_events(subscribed, log_sql=False, keep_days=1):
        await asyncio.to_thread(eventually, lambda: execute(subscribed, WAITING) == [(1,)])
        left = "SELECT name FROM event_subscribers JOIN waiting_events ON subscriber_id = {}"
        assert execute(subscribed, left.format("event_subscribers.id")) == [("letters",)]


@pytest.mark.anyio
async def test_subscriber_that_row_security_hides_is_not_taken_for_removed(
    subscribed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    execute(subscribed, LEAVE)
    forgotten = SETTLE.replace("'HTTP 500'", "NULL").replace("90", "1")
    with plain_role(subscribed) as (role, url):
        execute(subscribed, f"GRANT DELETE ON waiting_events, past_events TO {role}")
        execute(subscribed, "ALTER TABLE event_subscribers ENABLE ROW LEVEL SECURITY")
        execute(subscribed, forgotten)
        execute(subscribed, LEAVE)
        async with postgres_events(url, log_sql=False, keep_days=0):
            await asyncio.to_thread(eventually, lambda: execute(subscribed, PAST) == [(0,)])
        assert execute(subscribed, WAITING) == [(1,)]
