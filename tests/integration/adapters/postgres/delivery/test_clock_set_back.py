"""Часы сервера перевели назад: записанное по прежним не ждёт, пока время дойдёт до него снова."""

import asyncio

import pytest

from adapters.postgres.delivery.operations import statuses
from adapters.postgres.delivery.past import tail
from adapters.postgres.delivery.statements import HASTEN
from adapters.postgres.delivery.waiting import postgres_events
from tests.support.eventually import eventually
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio

DUE = "SELECT customer_id FROM waiting_events WHERE next_attempt_at <= now() ORDER BY 1"


@pytest.fixture
def subscribed(database: str) -> str:
    """База данных с подписчиком; о первом покупателе ещё не говорили, о втором — говорили."""
    PostgresEvents(database).subscribe("crm")
    for customer_id, attempts in ((1, 0), (2, 3)):
        execute(
            database,
            "INSERT INTO waiting_events (subscriber_id, type, customer_id, source, attempts)"
            " SELECT id, 'customer.registered', %s, 'registration', %s FROM event_subscribers",
            customer_id,
            attempts,
        )
    return database


def set_back(database: str, interval: str) -> None:
    """Переводит часы назад: то же, что сдвинуть вперёд всё, что по ним записано."""
    for table, columns in (
        ("waiting_events", ("written_at", "next_attempt_at")),
        ("past_events", ("ended_at",)),
    ):
        moved = ", ".join(f"{column} = {column} + interval '{interval}'" for column in columns)
        execute(database, f"UPDATE {table} SET {moved}")  # noqa: S608 — имена свои


@pytest.mark.parametrize(
    ("interval", "due"),
    [
        ("1 day", [(1,), (2,)]),
        # Так надолго откладывают и по верным часам, но не то, чего ещё не слали.
        ("30 minutes", [(1,)]),
    ],
)
async def test_events_do_not_wait_until_the_time_comes_again(
    subscribed: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    interval: str,
    due: list[tuple[int]],
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.watch._LOOK", 0.01)
    set_back(subscribed, interval)
    assert execute(subscribed, DUE) == []
    async with postgres_events(subscribed, log_sql=False, keep_days=1):
        await asyncio.to_thread(eventually, lambda: execute(subscribed, DUE) == due)
    assert f"{len(due)} events waited for a time that the clock" in caplog.text


async def test_what_was_postponed_by_the_right_clock_is_left_alone(subscribed: str) -> None:
    later = "UPDATE waiting_events SET attempts = 1, next_attempt_at = now() + interval '1 hour'"
    execute(subscribed, later)
    async with postgres_events(subscribed, log_sql=False, keep_days=1) as events:
        await events.ask(HASTEN, b"3700")
    assert execute(subscribed, DUE) == []


async def test_age_of_an_event_is_never_negative(subscribed: str) -> None:
    set_back(subscribed, "1 day")
    assert [one.oldest for one in statuses(subscribed, log_sql=False)] == [0.0]


async def test_tail_does_not_tell_again_what_ended_before_the_clock_was_set_back(
    subscribed: str,
) -> None:
    execute(
        subscribed,
        "INSERT INTO past_events (id, subscriber_id, type, customer_id, source, attempts)"
        " SELECT id, subscriber_id, type, customer_id, source, 1 FROM waiting_events",
    )
    assert len(tail(subscribed, seen=set(), log_sql=False)) == 2
    set_back(subscribed, "1 day")
    assert tail(subscribed, seen=set(), log_sql=False) == []
