"""Сколько ждёт, говорит сама база данных: о приостановленном и о том, кого убрали, тоже."""

import asyncio

import psycopg
import pytest

from adapters.delivery_observer import SilentDeliveryObserver
from adapters.postgres.delivery.operations import remove, set_paused
from adapters.postgres.delivery.waiting import postgres_events
from tests.support.eventually import eventually
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio

type Lag = tuple[int, bool, bool]


class Lags(SilentDeliveryObserver):
    """Помнит последнее: сколько ждёт, стареет ли, приостановлен ли."""

    def __init__(self) -> None:
        self.last: dict[str, Lag] = {}

    def lag(self, subscriber: str, *, waiting: int, oldest: float, is_paused: bool) -> None:
        self.last[subscriber] = (waiting, oldest > 0, is_paused)

    def lost(self, subscriber: str) -> None:
        del self.last[subscriber]


async def test_paused_and_removed_subscribers_are_told(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    for name in ("crm", "letters"):
        PostgresEvents(database).subscribe(name)
    execute(
        database,
        "INSERT INTO waiting_events (subscriber_id, type, customer_id, source)"
        " SELECT id, 'customer.registered', 1, 'registration' FROM event_subscribers"
        " WHERE name = 'letters'",
    )
    lags = Lags()

    async def becomes(name: str, lag: Lag) -> None:
        await asyncio.to_thread(eventually, lambda: lags.last.get(name) == lag)

    async with postgres_events(database, log_sql=False, keep_days=0, observer=lags):
        await becomes("crm", (0, False, False))
        await becomes("letters", (1, True, False))
        await asyncio.to_thread(set_paused, database, "letters", is_paused=True, log_sql=False)
        await becomes("letters", (1, True, True))
        await asyncio.to_thread(remove, database, "letters", log_sql=False)
        await becomes("letters", (0, False, False))
        await becomes("crm", (0, False, False))


async def test_events_that_are_away_are_not_measured(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    PostgresEvents(database).subscribe("crm")
    lags = Lags()
    async with postgres_events(database, log_sql=False, keep_days=0, observer=lags):
        await asyncio.to_thread(eventually, lambda: "crm" in lags.last)
        execute(database, "ALTER TABLE waiting_events RENAME TO away")
        await asyncio.to_thread(eventually, lambda: "crm" not in lags.last)
        execute(database, "ALTER TABLE away RENAME TO waiting_events")
        await asyncio.to_thread(eventually, lambda: "crm" in lags.last)


async def test_who_keeps_dead_rows_for_long_is_named_once(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    looks: list[Lag] = []
    observer = Lags()
    monkeypatch.setattr(observer, "lag", lambda *_, **__: looks.append((0, False, False)))
    PostgresEvents(database).subscribe("crm")

    async def look_twice() -> None:
        seen = len(looks)
        await asyncio.to_thread(eventually, lambda: len(looks) > seen + 2)

    async with postgres_events(database, log_sql=False, keep_days=0, observer=observer):
        with psycopg.connect(database) as holder:
            holder.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            holder.execute("SELECT count(*) FROM waiting_events")
            await look_twice()
            assert "dead rows" not in caplog.text
            monkeypatch.setattr("adapters.postgres.delivery.watch._LONG", 0.0)
            await asyncio.to_thread(eventually, lambda: "dead rows" in caplog.text)
            await look_twice()
            told = [line for line in caplog.messages if "dead rows" in line]
            pid = holder.info.backend_pid
        assert [line.split(" has been")[0] for line in told] == [f"session {pid}"]
