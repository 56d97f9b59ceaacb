"""Рассылка: кому что послано, когда послать ещё раз и когда отступиться."""

import logging
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory_events import InMemoryEvents
from application.deliver_events import LEASE, TRY, DeliverEvents, RetryRules, Round
from application.subscriber import Answer
from application.waiting_events import WaitingEvent
from domain.customer import Customer
from domain.events import CustomerRegistered, Source, event_id
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.subscribers import ACCEPTED, GONE, REFUSED, ScriptedSubscriber
from tests.support.virtual_time import run_in_virtual_time

RULES = RetryRules(first=1, longest=3600, patience=1000)


class Clock:
    """Часы, которые переводит тест."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def events(clock: Clock) -> InMemoryEvents:
    events = InMemoryEvents(clock)
    events.subscribe("crm")
    return events


@pytest.fixture
def deliver(events: InMemoryEvents) -> DeliverEvents:
    return DeliverEvents(events, RULES, jitter=lambda: 1.0)


def tell(events: InMemoryEvents, count: int = 1) -> None:
    for number in range(1, count + 1):
        customer = Customer.of(new_customer(email=f"{number}@example.ru"), id=number)
        events.tell(customer, Source.REGISTRATION)


def sent(deliver: DeliverEvents, subscriber: ScriptedSubscriber, limit: int = 100) -> Round:
    return run_in_virtual_time(deliver(subscriber, limit))


def only_first_is_refused(event: WaitingEvent) -> Answer:
    return REFUSED if event.happened.customer_id == 1 else ACCEPTED


def test_try_ends_before_its_lease_and_the_lease_within_ten_seconds() -> None:
    assert TRY < LEASE < 10


def test_accepted_event_is_not_sent_again(events: InMemoryEvents, deliver: DeliverEvents) -> None:
    tell(events, 3)
    subscriber = ScriptedSubscriber()
    assert sent(deliver, subscriber) == Round(delivered=3)
    assert sent(deliver, subscriber) == Round()
    assert subscriber.accepted == [1, 2, 3]


def test_no_more_than_asked_are_sent_and_the_oldest_first(
    events: InMemoryEvents, deliver: DeliverEvents
) -> None:
    tell(events, 5)
    subscriber = ScriptedSubscriber()
    assert sent(deliver, subscriber, 2).taken == 2
    assert subscriber.accepted == [1, 2]


def test_events_of_one_round_are_sent_at_once(
    events: InMemoryEvents, deliver: DeliverEvents
) -> None:
    tell(events, 5)
    subscriber = ScriptedSubscriber()
    sent(deliver, subscriber)
    assert subscriber.most_at_once == 5


def test_refused_event_waits_longer_each_time_and_holds_nobody(
    events: InMemoryEvents, deliver: DeliverEvents, clock: Clock
) -> None:
    tell(events, 2)
    subscriber = ScriptedSubscriber(only_first_is_refused)
    assert sent(deliver, subscriber) == Round(delivered=1, postponed=1)
    for pause in (1, 2, 4, 8):
        clock.now += pause - 0.1
        assert sent(deliver, subscriber) == Round()
        clock.now += 0.1
        assert sent(deliver, subscriber) == Round(postponed=1)
    assert [event.attempts for _, event in subscriber.received] == [1, 1, 2, 3, 4, 5]
    assert len({event.event_id for _, event in subscriber.received}) == 2


def test_event_refused_for_too_long_is_failed(
    events: InMemoryEvents, deliver: DeliverEvents, clock: Clock
) -> None:
    tell(events)
    subscriber = ScriptedSubscriber(lambda _: REFUSED)
    rounds = []
    while events.waiting:
        rounds.append(sent(deliver, subscriber))
        clock.now += 1
    assert rounds[-1] == Round(failed=1)
    assert RULES.patience / 2 < clock.now <= RULES.patience
    assert [one.failure for one in events.past] == ["HTTP 500"]


@pytest.mark.parametrize(("asked", "waits"), [(30.0, 30), (0.1, 1), (1e9, 3600)])
def test_subscriber_that_says_when_to_come_is_heeded_within_reason(
    events: InMemoryEvents, clock: Clock, asked: float, waits: float
) -> None:
    deliver = DeliverEvents(events, RetryRules(longest=3600), jitter=lambda: 1.0)
    tell(events)
    subscriber = ScriptedSubscriber(lambda _: Answer(failure="HTTP 503", retry_after=asked))
    sent(deliver, subscriber)
    clock.now += waits - 0.05
    assert sent(deliver, subscriber) == Round()
    clock.now += 0.1
    assert sent(deliver, subscriber) == Round(postponed=1)


def test_subscriber_that_is_gone_is_paused_and_loses_nothing(
    events: InMemoryEvents, deliver: DeliverEvents, clock: Clock
) -> None:
    tell(events, 2)
    subscriber = ScriptedSubscriber(lambda _: GONE)
    clock.now += 10 * RULES.patience
    assert sent(deliver, subscriber) == Round(postponed=2)
    clock.now += 10 * RULES.patience
    assert sent(deliver, subscriber) == Round()
    events.resume("crm")
    subscriber.answers = lambda _: ACCEPTED
    assert sent(deliver, subscriber) == Round(delivered=2)


def test_silence_is_a_refusal(events: InMemoryEvents, deliver: DeliverEvents) -> None:
    tell(events)
    subscriber = ScriptedSubscriber()
    subscriber.is_silent = True
    assert sent(deliver, subscriber) == Round(postponed=1)


def test_fault_of_the_sender_is_a_refusal_and_holds_nobody(
    events: InMemoryEvents, deliver: DeliverEvents, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(event: WaitingEvent) -> Answer:
        if event.happened.customer_id == 1:
            raise ZeroDivisionError
        return ACCEPTED

    tell(events, 2)
    assert sent(deliver, ScriptedSubscriber(fault)) == Round(delivered=1, postponed=1)
    assert "crm: 1 delivered, 1 to be sent again, 0 failed; ZeroDivisionError: 1" in caplog.text


def test_log_names_the_subscriber_and_the_reasons_but_nobody_else(
    events: InMemoryEvents, deliver: DeliverEvents, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tell(events, 3)
    sent(deliver, ScriptedSubscriber(only_first_is_refused))
    assert "crm: 2 delivered, 1 to be sent again, 0 failed; HTTP 500: 1" in caplog.text
    assert "example.ru" not in caplog.text


def test_late_sender_takes_nothing_back_from_the_one_that_replaced_it(
    events: InMemoryEvents, clock: Clock
) -> None:
    tell(events)
    second = DeliverEvents(events, RULES, jitter=lambda: 1.0)
    [taken] = run_in_virtual_time(events.take("crm", 1, LEASE))
    clock.now += LEASE
    assert sent(second, ScriptedSubscriber(lambda _: REFUSED)) == Round(postponed=1)
    late = RULES.settlement(taken, Answer(failure="late", retry_after=900), 1.0)
    run_in_virtual_time(events.settle([late]))
    clock.now += 2
    assert sent(second, ScriptedSubscriber()) == Round(delivered=1)
    run_in_virtual_time(events.settle([late]))
    assert len(events.past) == 1


def test_whoever_watches_learns_how_each_round_ended(events: InMemoryEvents) -> None:
    seen: list[tuple[str, Round]] = []
    deliver = DeliverEvents(events, on_round=lambda *round_: seen.append(round_))
    tell(events, 2)
    sent(deliver, ScriptedSubscriber())
    sent(deliver, ScriptedSubscriber())
    assert seen == [("crm", Round(delivered=2))]


@given(
    attempts=st.integers(1, 32_767),
    waited=st.floats(0, 1e7),
    jitter=st.floats(0, 1),
    asked=st.none() | st.floats(-1e9, 1e9),
)
def test_every_refused_event_is_sent_again_within_the_longest_pause_or_failed(
    attempts: int, waited: float, jitter: float, asked: float | None
) -> None:
    event = waiting_event(attempts=attempts, waited=waited)
    decided = RULES.settlement(event, Answer(failure="no", retry_after=asked), jitter)
    if decided.retry_in is None:
        assert waited + RULES.longest > RULES.patience
    else:
        assert RULES.first / 2 <= decided.retry_in <= RULES.longest
        assert waited + decided.retry_in <= RULES.patience


def waiting_event(*, attempts: int, waited: float) -> WaitingEvent:
    customer = new_customer()
    return WaitingEvent(
        id=1,
        event_id=event_id(UUID(int=1), 1),
        happened=CustomerRegistered(
            customer_id=1, registered_at=REGISTERED_AT, customer=customer, source=Source.IMPORT
        ),
        attempts=attempts,
        waited=waited,
    )


def test_event_has_one_id_whatever_it_is_told_for() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert event_id(one, 7) == event_id(one, 7) == UUID("7578c7e9-a7e2-50d9-9ebe-b4dd45f2508c")
    assert len({event_id(one, 7), event_id(one, 8), event_id(other, 7)}) == 3


def test_each_repeat_has_an_id_of_its_own() -> None:
    one, later = UUID(int=1), REGISTERED_AT + timedelta(microseconds=1)
    told = {event_id(one, 7), event_id(one, 7, REGISTERED_AT), event_id(one, 7, later)}
    assert len(told | {event_id(one, 8, later), event_id(UUID(int=2), 7, later)}) == 5
    assert event_id(one, 7, later) == UUID("d130d194-9b8a-56d5-a5d6-69fe19ce9450")
