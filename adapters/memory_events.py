"""События, которые ждут подписчиков в памяти: те же правила без базы данных."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from time import monotonic
from uuid import UUID, uuid4

from attrs import define, evolve, field

from application.repeated_registrations import CLOCKS_DIFFER
from application.waiting_events import Settlement, WaitingEvent, WaitingEvents
from domain.customer import Customer
from domain.events import (
    CUSTOMER_REGISTERED,
    EVENT_TYPES,
    REGISTRATION_REPEATED,
    CustomerEvent,
    CustomerRegistered,
    RegistrationRepeated,
    Source,
    event_id,
)


@define(eq=False)
class RememberedEvent:
    """Событие для одного подписчика.

    Attributes:
        subscriber: имя подписчика.
        event: само событие, каким его взяли в последний раз.
        written_at: когда оно записано, по часам этого хранилища.
        next_attempt_at: раньше этого времени его не возьмут.
    """

    subscriber: str
    event: WaitingEvent
    written_at: float
    next_attempt_at: float


@define(eq=False)
class InMemoryEvents(WaitingEvents):
    """Помнит события, пока жив процесс; без подписчиков не помнит ничего.

    Attributes:
        waiting: ждущие, по номерам.
        past: те, которых больше не шлют: решённое о каждом.
    """

    _clock: Callable[[], float] = monotonic
    waiting: dict[int, RememberedEvent] = field(factory=dict, init=False)
    past: list[Settlement] = field(factory=list, init=False)
    _types: dict[str, Collection[str]] = field(factory=dict, init=False)
    _paused: set[str] = field(factory=set, init=False)
    _repeated_at: dict[int, datetime] = field(factory=dict, init=False)
    _database: UUID = field(factory=uuid4, init=False)
    _last_id: int = field(default=0, init=False)

    def subscribe(self, name: str, types: Collection[str] = EVENT_TYPES) -> None:
        """Заводит подписчика: он узнает обо всём таком, что будет дальше."""
        self._types[name] = types

    def tell(self, customer: Customer, source: Source) -> None:
        """Запоминает событие о регистрации."""
        registered = CustomerRegistered(
            customer_id=customer.id,
            registered_at=customer.registered_at,
            customer=customer,
            source=source,
        )
        self._remember(registered, CUSTOMER_REGISTERED, event_id(self._database, customer.id))

    def tell_repeated(self, customer: Customer, at: datetime, since: datetime) -> None:
        """Запоминает событие о повторной регистрации, если позже ``since`` такого не было."""
        told_at = self._repeated_at.get(customer.id)
        if told_at is not None and since < told_at <= at + CLOCKS_DIFFER:
            return
        self._repeated_at[customer.id] = at
        repeated = RegistrationRepeated(
            customer_id=customer.id,
            registered_at=customer.registered_at,
            customer=customer,
            repeated_at=at,
        )
        self._remember(repeated, REGISTRATION_REPEATED, event_id(self._database, customer.id, at))

    def _remember(self, happened: CustomerEvent, kind: str, number: UUID) -> None:
        """Запоминает по событию для каждого, кто такие просил."""
        now = self._clock()
        for subscriber in [name for name, types in self._types.items() if kind in types]:
            self._last_id += 1
            event = WaitingEvent(
                id=self._last_id, event_id=number, happened=happened, attempts=0, waited=0
            )
            self.waiting[event.id] = RememberedEvent(subscriber, event, now, now)

    def count(self, customer_id: int) -> int:
        """Считает события о покупателе, ждущие и прошедшие."""
        about = [one.event for one in self.waiting.values()]
        about += [one.event for one in self.past]
        return sum(event.happened.customer_id == customer_id for event in about)

    def forget(self, customer_id: int) -> None:
        """Забывает всё о покупателе."""
        waiting = self.waiting.items()
        about = [n for n, one in waiting if one.event.happened.customer_id == customer_id]
        for number in about:
            del self.waiting[number]
        self.past[:] = [one for one in self.past if one.event.happened.customer_id != customer_id]
        self._repeated_at.pop(customer_id, None)

    async def take(self, subscriber: str, limit: int, lease: float) -> Sequence[WaitingEvent]:
        """Берёт события, которым пора."""
        if subscriber in self._paused:
            return []
        now = self._clock()
        due = [
            one
            for one in self.waiting.values()
            if one.subscriber == subscriber and one.next_attempt_at <= now
        ]
        due.sort(key=lambda one: one.next_attempt_at)
        for one in due[:limit]:
            one.next_attempt_at = now + lease
            one.event = evolve(
                one.event, attempts=one.event.attempts + 1, waited=now - one.written_at
            )
        return [one.event for one in due[:limit]]

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Запоминает решённое."""
        for one in settlements:
            remembered = self.waiting.get(one.event.id)
            is_late = remembered is None or remembered.event.attempts != one.event.attempts
            if remembered is None or (is_late and one.failure is not None):
                continue
            if one.retry_in is None:
                del self.waiting[one.event.id]
                self.past.append(one)
            else:
                remembered.next_attempt_at = self._clock() + one.retry_in

    async def pause(self, subscriber: str, reason: str) -> None:
        """Приостанавливает подписчика."""
        del reason
        self._paused.add(subscriber)

    def resume(self, subscriber: str) -> None:
        """Велит продолжать."""
        self._paused.discard(subscriber)
