"""Конечный автомат рассылки: что ни случись, каждое событие ждёт, принято или отложено навсегда.

Отправители берут, посылают и отмечают порознь и умирают между любыми двумя шагами.
"""

import asyncio
from collections.abc import Coroutine, Sequence

from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapters.memory_events import InMemoryEvents
from application.deliver_events import LEASE, RetryRules
from application.subscriber import Answer
from application.waiting_events import WaitingEvent
from domain.customer import Customer
from domain.events import Source
from tests.support.customers import new_customer

NAMES = ("crm", "letters")
RULES = RetryRules(first=1, longest=60, patience=600)
ANSWERS = [
    Answer(),
    Answer(failure="HTTP 500"),
    Answer(failure="HTTP 503", retry_after=120),
    Answer(failure="HTTP 410", is_gone=True),
]


@define(eq=False)
class Sender:
    """Отправитель между двумя шагами: что взято, когда и что на это ответили."""

    subscriber: str
    taken: Sequence[WaitingEvent]
    taken_at: float
    answers: list[Answer] = field(factory=list)


class Delivery(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.events = InMemoryEvents(lambda: self.now)
        for name in NAMES:
            self.events.subscribe(name)
        self.registered = 0
        self.senders: list[Sender] = []
        self.accepted: set[tuple[str, int]] = set()

    def _done[T](self, step: Coroutine[object, object, T]) -> T:
        return asyncio.run(step)

    @rule(count=st.integers(1, 5))
    def register(self, count: int) -> None:
        for _ in range(count):
            self.registered += 1
            new = new_customer(email=f"{self.registered}@example.ru")
            self.events.tell(Customer.of(new, id=self.registered), Source.REGISTRATION)

    @rule(seconds=st.sampled_from([0.1, 1, LEASE, 60, 300]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=st.sampled_from(NAMES), limit=st.integers(1, 4))
    def take(self, name: str, limit: int) -> None:
        taken = self._done(self.events.take(name, limit, LEASE))
        for sender in self.senders:
            if self.now < sender.taken_at + LEASE:
                held = {event.id for event in sender.taken}
                assert held.isdisjoint(event.id for event in taken), "taken by two at once"
        if taken:
            self.senders.append(Sender(name, taken, self.now))

    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        waiting = [sender for sender in self.senders if not sender.answers]
        if not waiting:
            return
        sender = data.draw(st.sampled_from(waiting))
        for event in sender.taken:
            answer = data.draw(st.sampled_from(ANSWERS))
            sender.answers.append(answer)
            if answer.failure is None:
                self.accepted.add((sender.subscriber, event.happened.customer_id))
            if answer.is_gone:
                self._done(self.events.pause(sender.subscriber, "gone"))

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        answered = [sender for sender in self.senders if sender.answers]
        if not answered:
            return
        sender = data.draw(st.sampled_from(answered))
        self.senders.remove(sender)
        decided = [
            RULES.settlement(event, answer, 1.0)
            for event, answer in zip(sender.taken, sender.answers, strict=True)
        ]
        self._done(self.events.settle(decided))

    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        if self.senders:
            self.senders.remove(data.draw(st.sampled_from(self.senders)))

    @rule(name=st.sampled_from(NAMES))
    def resume(self, name: str) -> None:
        self.events.resume(name)

    @invariant()
    def nothing_is_lost(self) -> None:
        waiting = {
            (one.subscriber, one.event.happened.customer_id) for one in self.events.waiting.values()
        }
        failed = sum(one.failure is not None for one in self.events.past)
        everything = {(name, n) for name in NAMES for n in range(1, self.registered + 1)}
        assert len(everything - waiting - self.accepted) <= failed
        assert waiting | self.accepted <= everything

    def teardown(self) -> None:
        """Живой отправитель и добрый подписчик в конце доставляют всё, от чего не отступились."""
        self.senders.clear()
        for name in NAMES:
            self.events.resume(name)
        while self.events.waiting:
            self.now += 2 * RULES.longest
            for name in NAMES:
                taken = self._done(self.events.take(name, 100, LEASE))
                self._done(
                    self.events.settle([RULES.settlement(one, Answer(), 1.0) for one in taken])
                )
                self.accepted.update((name, one.happened.customer_id) for one in taken)
        self.nothing_is_lost()


TestDelivery = Delivery.TestCase
