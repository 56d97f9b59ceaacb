"""Сколько ждёт, говорит сама база данных: о приостановленном и о том, кого убрали, тоже."""

import asyncio

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGresult

from adapters.delivery_observer import SilentDeliveryObserver
from adapters.postgres.delivery.operations import remove, set_paused
from adapters.postgres.delivery.statements import HOLDER, LAG
from adapters.postgres.delivery.waiting import PostgresWaitingEvents, postgres_events
from adapters.postgres.delivery.watch import EventsRefusedError, EventsWatch
from adapters.postgres.statement import Statement
from adapters.postgres.text_format import cell
from application.waiting_events import EventsUnavailableError
from tests.support.eventually import eventually
from tests.support.sql import add_trigger, execute
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio

type Lag = tuple[int, bool, bool]


class Lags(SilentDeliveryObserver):
    """Помнит последнее: сколько ждёт, стареет ли, приостановлен ли; и сколько раз терял."""

    def __init__(self) -> None:
        self.last: dict[str, Lag] = {}
        self.losses = 0

    def lag(self, subscriber: str, *, waiting: int, oldest: float, is_paused: bool) -> None:
        self.last[subscriber] = (waiting, oldest > 0, is_paused)

    def lost(self, subscriber: str) -> None:
        self.last.pop(subscriber, None)  # теряет при каждом взгляде, пока не увидит
        self.losses += 1


def leave(database: str, subscriber: str, count: int) -> None:
    """Оставляет подписчику столько событий."""
    execute(
        database,
        "INSERT INTO waiting_events (subscriber_id, type, customer_id, source)"
        " SELECT id, 'customer.registered', 1, 'registration'"
        " FROM event_subscribers, generate_series(1, %s) WHERE name = %s",
        count,
        subscriber,
    )


async def test_paused_and_removed_subscribers_are_told(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    for name in ("crm", "letters"):
        PostgresEvents(database).subscribe(name)
    leave(database, "letters", 1)
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


class FailingLags(Lags):
    """Сначала трижды не справляется."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0

    def lag(self, subscriber: str, *, waiting: int, oldest: float, is_paused: bool) -> None:
        if self.failures < 3:
            self.failures += 1
            raise ValueError("ivan@example.ru")
        super().lag(subscriber, waiting=waiting, oldest=oldest, is_paused=is_paused)


async def test_unforeseen_error_is_told_once_and_measuring_goes_on(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    PostgresEvents(database).subscribe("crm")
    lags = FailingLags()
    async with postgres_events(database, log_sql=False, keep_days=0, observer=lags):
        await asyncio.to_thread(eventually, lambda: "crm" in lags.last)
    told = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert told == ["looking at the events has failed; trying again every 0.01 s"]


async def test_no_more_are_counted_than_a_look_may_take(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._MOST", 3)
    for name, count in (("crm", 2), ("letters", 5)):
        PostgresEvents(database).subscribe(name)
        leave(database, name, count)
    lags = Lags()
    async with postgres_events(database, log_sql=False, keep_days=0, observer=lags):
        await asyncio.to_thread(eventually, lambda: lags.last)
    assert lags.last == {"crm": (2, True, False), "letters": (3, True, False)}


async def test_forgetting_that_fails_is_told_once_and_measuring_goes_on(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    PostgresEvents(database).subscribe("crm")
    add_trigger(database, "keep", "BEFORE DELETE ON past_events", "RAISE EXCEPTION 'kept'")
    lags = Lags()

    def warnings() -> list[str]:
        return [line for line in caplog.messages if "stay in past_events" in line]

    async with postgres_events(database, log_sql=False, keep_days=0, observer=lags):
        for count in range(1, 4):  # взгляд за взглядом
            leave(database, "crm", 1)
            await asyncio.to_thread(eventually, lambda: lags.last.get("crm", (0,))[0] == count)  # noqa: B023 — ждут тут же
        assert len(warnings()) == 1
        execute(
            database,
            "INSERT INTO past_events (id, subscriber_id, type, customer_id, source, attempts)"
            " VALUES (1, 1, 'customer.registered', 1, 'registration', 1)",
        )
        execute(database, "ALTER TABLE past_events DISABLE TRIGGER keep")
        past = "SELECT count(*) FROM past_events"
        await asyncio.to_thread(eventually, lambda: execute(database, past) == [(0,)])
        execute(database, "ALTER TABLE past_events ENABLE TRIGGER keep")
        await asyncio.to_thread(eventually, lambda: len(warnings()) == 2)
    assert lags.losses == 0


@pytest.mark.parametrize(
    ("failure", "looks_again"), [(EventsUnavailableError, True), (EventsRefusedError, False)]
)
async def test_holder_is_looked_for_again_unless_it_is_refused(
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[EventsUnavailableError],
    *,
    looks_again: bool,
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    events = PostgresWaitingEvents(database, log_sql=False, keep_days=0)
    asked: list[Statement] = []

    async def ask(statement: Statement, *parameters: bytes) -> PGresult:
        asked.append(statement)
        if statement is HOLDER:
            raise failure("once")
        return await events.ask(statement, *parameters)

    looking = asyncio.create_task(EventsWatch(ask, SilentDeliveryObserver(), 0).run())
    await asyncio.to_thread(eventually, lambda: asked.count(LAG) > 3)
    looking.cancel()
    await asyncio.wait([looking])
    await events.aclose()
    assert (asked.count(HOLDER) > 1) is looks_again


async def test_what_the_role_may_not_is_refused_and_what_is_away_is_not(database: str) -> None:
    look = Statement("look", "SELECT FROM waiting_events")
    for url, kind in (
        (make_conninfo(database, options="-c role=pg_monitor"), EventsRefusedError),
        ("postgresql://127.0.0.1:1/crm", EventsUnavailableError),
    ):
        events = PostgresWaitingEvents(url, log_sql=False, keep_days=0)
        with pytest.raises(EventsUnavailableError) as caught:
            await events.ask(look)
        await events.aclose()
        assert caught.type is kind


async def test_refusal_leaves_the_connection_as_it_was(database: str) -> None:
    number = Statement("number", "SELECT pg_backend_pid()")
    events = PostgresWaitingEvents(
        make_conninfo(database, options="-c role=pg_monitor"), log_sql=False, keep_days=0
    )
    before = cell(await events.ask(number), 0, 0)
    for _ in range(3):
        with pytest.raises(EventsRefusedError):
            await events.ask(Statement("look", "SELECT FROM waiting_events"))
    assert cell(await events.ask(number), 0, 0) == before
    await events.aclose()


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
