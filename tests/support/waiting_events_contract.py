"""Договор порта ``WaitingEvents``: одни и те же тесты на каждом адаптере."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from application.waiting_events import Settlement, WaitingEvents
from domain.customer import RULES
from domain.events import CustomerRegistered, RegistrationRepeated, Source
from tests.support.customers import IVAN, LATER_AT, REGISTERED_AT

LEASE = 8.0


class Shop(Protocol):
    """Покупатели и события одного места, и ход времени в нём."""

    events: WaitingEvents

    @abstractmethod
    def subscribe(self, name: str) -> None:
        """Заводит подписчика."""
        ...

    @abstractmethod
    async def register(self, email: str, source: Source = Source.REGISTRATION) -> None:
        """Регистрирует Ивана с таким адресом."""
        ...

    @abstractmethod
    async def repeat(self, customer_id: int, at: datetime) -> None:
        """Оставляет событие о том, что его просили зарегистрировать снова."""
        ...

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Проходит столько секунд."""
        ...

    @abstractmethod
    def resume(self, name: str) -> None:
        """Велит подписчику продолжать."""
        ...


@pytest.mark.anyio
class WaitingEventsContract:
    """Фикстуру ``shop`` без покупателей и подписчиков даёт модуль наследника."""

    async def test_event_holds_the_customer_as_stored(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register(IVAN["email"], Source.IMPORT)
        [event] = await shop.events.take("crm", 10, LEASE)
        told = event.happened
        assert isinstance(told, CustomerRegistered)
        assert (told.customer_id, told.registered_at, told.source) == (
            1,
            REGISTERED_AT,
            Source.IMPORT,
        )
        assert {name: getattr(told.customer, name) for name in RULES} == IVAN
        assert (event.attempts, event.trace) == (1, None)
        assert event.waited >= 0

    async def test_event_of_a_repeat_holds_the_customer_as_stored_and_its_own_time(
        self, shop: Shop
    ) -> None:
        shop.subscribe("crm")
        await shop.register(IVAN["email"])
        await shop.repeat(1, LATER_AT)
        registered, repeated = await shop.events.take("crm", 10, LEASE)
        told = repeated.happened
        assert isinstance(told, RegistrationRepeated)
        assert (told.customer_id, told.registered_at) == (1, REGISTERED_AT)
        assert told.repeated_at == LATER_AT
        assert {name: getattr(told.customer, name) for name in RULES} == IVAN
        assert registered.event_id != repeated.event_id

    async def test_each_repeat_is_an_event_of_its_own_and_keeps_its_id(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register("a@example.ru")
        for days in (1, 2):
            await shop.repeat(1, REGISTERED_AT + timedelta(days))
        first = [event.event_id for event in await shop.events.take("crm", 10, LEASE)]
        assert len(set(first)) == 3
        shop.wait(LEASE)
        assert [event.event_id for event in await shop.events.take("crm", 10, LEASE)] == first

    async def test_event_holds_the_email_as_it_was_given(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register("οδος@ﬁrma.gr")
        [event] = await shop.events.take("crm", 10, LEASE)
        assert event.happened.customer.email == "οδος@ﬁrma.gr"

    async def test_subscriber_nobody_knows_has_no_events(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register("a@example.ru")
        assert await shop.events.take("letters", 10, LEASE) == []

    async def test_taken_event_is_nobody_elses_until_its_lease_ends(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register("a@example.ru")
        [first] = await shop.events.take("crm", 10, LEASE)
        assert await shop.events.take("crm", 10, LEASE) == []
        shop.wait(LEASE)
        [second] = await shop.events.take("crm", 10, LEASE)
        assert (second.id, second.event_id, second.attempts) == (first.id, first.event_id, 2)
        assert second.waited >= LEASE

    async def test_oldest_come_first_and_no_more_than_asked(self, shop: Shop) -> None:
        shop.subscribe("crm")
        for number in range(5):
            await shop.register(f"{number}@example.ru")
        taken = [await shop.events.take("crm", 2, LEASE) for _ in range(4)]
        ids = [[event.happened.customer_id for event in events] for events in taken]
        assert ids == [[1, 2], [3, 4], [5], []]

    async def test_subscribers_take_their_own(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register("a@example.ru")
        shop.subscribe("letters")
        await shop.register("b@example.ru")
        [_, crm] = await shop.events.take("crm", 10, LEASE)
        [letters] = await shop.events.take("letters", 10, LEASE)
        assert crm.event_id == letters.event_id
        assert crm.id != letters.id

    async def test_accepted_event_is_gone(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register("a@example.ru")
        [event] = await shop.events.take("crm", 10, LEASE)
        await shop.events.settle([Settlement(event=event)])
        shop.wait(10 * LEASE)
        assert await shop.events.take("crm", 10, LEASE) == []

    async def test_postponed_event_comes_in_its_time_and_a_failed_one_never(
        self, shop: Shop
    ) -> None:
        shop.subscribe("crm")
        for email in ("a@example.ru", "b@example.ru"):
            await shop.register(email)
        one, two = await shop.events.take("crm", 10, LEASE)
        await shop.events.settle(
            [
                Settlement(event=one, failure="HTTP 500", retry_in=60),
                Settlement(event=two, failure="HTTP 500"),
            ]
        )
        shop.wait(LEASE + 1)
        assert await shop.events.take("crm", 10, LEASE) == []
        shop.wait(60 - LEASE)
        [again] = await shop.events.take("crm", 10, LEASE)
        assert (again.id, again.attempts) == (one.id, 2)

    async def test_who_is_late_can_only_say_that_it_was_accepted(self, shop: Shop) -> None:
        shop.subscribe("crm")
        for email in ("a@example.ru", "b@example.ru", "c@example.ru"):
            await shop.register(email)
        late = await shop.events.take("crm", 10, LEASE)
        shop.wait(LEASE)
        taken = await shop.events.take("crm", 10, LEASE)
        await shop.events.settle(
            [
                Settlement(event=late[0], failure="late", retry_in=0),
                Settlement(event=late[1], failure="late"),
                Settlement(event=late[2]),
            ]
        )
        assert await shop.events.take("crm", 10, LEASE) == []
        shop.wait(LEASE)
        left = await shop.events.take("crm", 10, LEASE)
        assert [event.id for event in left] == [event.id for event in taken[:2]]

    async def test_paused_subscriber_loses_nothing(self, shop: Shop) -> None:
        shop.subscribe("crm")
        await shop.register("a@example.ru")
        await shop.events.pause("crm", "it answered 410")
        await shop.register("b@example.ru")
        assert await shop.events.take("crm", 10, LEASE) == []
        shop.resume("crm")
        assert len(await shop.events.take("crm", 10, LEASE)) == 2
