"""Рассылка без конца: когда смотреть, сколько брать, чего не ждать и как остановиться."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from adapters.memory_events import InMemoryEvents
from application.deliver_events import TRY, DeliverEvents, RetryRules
from application.relay import WINDOW, News, Relay
from application.waiting_events import EventsUnavailableError, Settlement, WaitingEvent
from domain.customer import Customer
from domain.events import Source
from tests.support.customers import new_customer
from tests.support.subscribers import ACCEPTED, REFUSED, ScriptedSubscriber
from tests.support.virtual_time import in_virtual_time

POLL = 60.0


def now() -> float:
    return asyncio.get_running_loop().time()


class TestedEvents(InMemoryEvents):
    """События, которых какое-то время нет."""

    __test__ = False
    away_until = 0.0
    odd = ""  # чьи события не прочесть
    asked = 0
    _told = 0

    async def take(self, subscriber: str, limit: int, lease: float) -> Sequence[WaitingEvent]:
        self.asked += 1
        self._ensure_there()
        if subscriber == self.odd:
            raise ZeroDivisionError
        return await super().take(subscriber, limit, lease)

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        self._ensure_there()
        await super().settle(settlements)

    def _ensure_there(self) -> None:
        if now() < self.away_until:
            raise EventsUnavailableError("the events are away")

    def register(self, count: int = 1) -> None:
        for _ in range(count):
            self._told += 1
            new = new_customer(email=f"{self._told}@example.ru")
            self.tell(Customer.of(new, id=self._told), Source.REGISTRATION)


@asynccontextmanager
async def relayed(
    events: TestedEvents, *subscribers: ScriptedSubscriber, courtesy: float = 0.0
) -> AsyncIterator[tuple[Relay, News]]:
    """Рассылка, которая уже идёт, и вести для неё; в конце останавливается."""
    news = News()
    rules = RetryRules(longest=10, patience=float("inf"))
    relay = Relay(DeliverEvents(events, rules), subscribers, news, poll=POLL, courtesy=courtesy)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0)
    try:
        yield relay, news
    finally:
        relay.stop()
        await running


def subscribed(*names: str) -> TestedEvents:
    events = TestedEvents(now)
    for name in names or ("crm",):
        events.subscribe(name)
    return events


@in_virtual_time
async def test_what_waits_is_sent_at_the_start_and_what_comes_at_the_next_look() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    events.register()
    async with relayed(events, subscriber):
        await asyncio.sleep(1)
        assert subscriber.accepted == [1]
        events.register()
        await asyncio.sleep(POLL)
        assert subscriber.accepted == [1, 2]


@in_virtual_time
async def test_news_are_sent_at_once() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    async with relayed(events, subscriber) as (_, news):
        await asyncio.sleep(1)
        for number in range(1, 100):
            events.register()
            news.tell()
            await asyncio.sleep(0.05)
            assert subscriber.accepted[-1] == number


@in_virtual_time
async def test_without_news_the_events_are_seldom_looked_at() -> None:
    events = subscribed()
    async with relayed(events, ScriptedSubscriber()):
        await asyncio.sleep(100 * POLL)
    assert events.asked < 105


@in_virtual_time
async def test_backlog_is_sent_without_pauses() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    events.register(50 * WINDOW)
    async with relayed(events, subscriber):
        await asyncio.sleep(0.5)
    assert subscriber.accepted == list(range(1, 50 * WINDOW + 1))
    assert subscriber.most_at_once == WINDOW


@in_virtual_time
async def test_relay_beside_others_leaves_them_most_of_the_time() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    subscriber.takes = 0.02
    events.register(10 * WINDOW)
    async with relayed(events, subscriber, courtesy=2):
        await asyncio.sleep(0.06 * 10 - 0.01)
    assert len(subscriber.accepted) == 10 * WINDOW
    moments = sorted({moment for moment, _ in subscriber.received})
    assert min(after - before for before, after in pairwise(moments)) >= 0.0599


@in_virtual_time
async def test_silent_subscriber_does_not_hold_the_others() -> None:
    events = subscribed("silent", "crm")
    silent, crm = ScriptedSubscriber(name="silent"), ScriptedSubscriber(name="crm")
    silent.is_silent = True
    async with relayed(events, silent, crm) as (_, news):
        await asyncio.sleep(1)
        events.register(3)
        news.tell()
        await asyncio.sleep(0.1)
        assert crm.accepted == [1, 2, 3]
        assert silent.accepted == []


@in_virtual_time
async def test_dead_subscriber_is_tried_by_one_event_a_second_and_recovers_at_once() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber(lambda _: REFUSED)
    events.register(1000)
    async with relayed(events, subscriber):
        await asyncio.sleep(60)
        later = [moment for moment, _ in subscriber.received if moment > 30]
        assert len(later) <= 31
        assert min(after - before for before, after in pairwise(later)) >= 1
        subscriber.answers = lambda _: ACCEPTED
        await asyncio.sleep(30)
    assert len(set(subscriber.accepted)) == 1000


@in_virtual_time
async def test_event_that_is_refused_for_ever_holds_the_others_no_longer_than_a_second() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    subscriber.answers = lambda event: REFUSED if event.happened.customer_id == 1 else ACCEPTED
    events.register()
    async with relayed(events, subscriber) as (_, news):
        await asyncio.sleep(300)
        for number in range(2, 50):
            events.register()
            news.tell()
            await asyncio.sleep(1.1)
            assert number in subscriber.accepted


@in_virtual_time
async def test_event_that_is_never_answered_holds_the_others_for_a_try_longer() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    subscriber.never_answered = 1
    events.register()
    async with relayed(events, subscriber) as (_, news):
        for number in range(2, 50):
            events.register()
            news.tell()
            await asyncio.sleep(TRY + 1.1)
            assert number in subscriber.accepted


@in_virtual_time
async def test_events_that_are_away_are_told_once_and_found_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    events.away_until = 30
    events.register()
    async with relayed(events, subscriber):
        await asyncio.sleep(32)
        assert subscriber.accepted == [1]
        events.away_until = 150
        await asyncio.sleep(150)
    assert [record.message for record in caplog.records if "away" in record.message] == [
        "the events are away; trying again every 1 s"
    ] * 2


@in_virtual_time
async def test_error_that_nobody_foresaw_is_told_once_and_ends_the_sending_to_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events = subscribed("odd", "crm")
    events.odd = "odd"
    odd, crm = ScriptedSubscriber(name="odd"), ScriptedSubscriber(name="crm")
    events.register()
    async with relayed(events, odd, crm) as (_, news):
        await asyncio.sleep(30)
        events.register()
        news.tell()
        await asyncio.sleep(1)
        assert (odd.accepted, crm.accepted) == ([], [1, 2])
        events.odd = ""
        await asyncio.sleep(1.1)
        assert odd.accepted == [1, 2]
    told = [record for record in caplog.records if record.exc_info]
    assert [record.message for record in told] == [
        "sending to odd has failed; trying again every 1 s"
    ]


@in_virtual_time
async def test_stop_finishes_what_was_taken_and_takes_no_more() -> None:
    events, subscriber = subscribed(), ScriptedSubscriber()
    subscriber.is_silent = True
    events.register(2 * WINDOW)
    async with relayed(events, subscriber) as (relay, _):
        await asyncio.sleep(1)
        relay.stop()
    assert now() <= TRY + 0.1
    assert len(subscriber.received) == WINDOW
    assert all(one.event.attempts == 1 for one in list(events.waiting.values())[:WINDOW])


@in_virtual_time
async def test_stop_does_not_wait_for_a_pause() -> None:
    events = subscribed()
    async with relayed(events, ScriptedSubscriber()):
        await asyncio.sleep(1)
    assert now() <= 1.1
