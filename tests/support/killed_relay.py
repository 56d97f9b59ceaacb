"""Рассылки, которых убивают: запускается отдельно, потомков делает и ждёт по одному.

Аргументы: адрес базы данных, секрет, сколько раз убить и адреса подписчиков, ``имя=адрес``. Каждый
потомок берёт, шлёт и отмечает события, пока не дойдёт до своего шага, а там убивает себя SIGKILL.
Печатает, сколько раз убит на каждом шаге; убивший себя не узнал бы, чем дело кончилось.
"""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum

from adapters.clock import utc_now
from adapters.event_messages import EventMessages
from adapters.postgres.delivery.waiting import PostgresWaitingEvents
from adapters.webhooks.sender import WebhookTarget, webhook_subscribers
from application.deliver_events import DeliverEvents
from application.subscriber import Answer, Subscriber
from application.waiting_events import (
    EventsUnavailableError,
    Settlement,
    WaitingEvent,
    WaitingEvents,
)
from entrypoints.event_document import event_body
from entrypoints.webhook_secret import key_of

_AT_ONCE = 4
_UNDER_WAY = 0.002  # секунд: команда уже послана, а ответа, быть может, нет


class Step(StrEnum):
    """Где убивают."""

    BEFORE_TAKE = "before taking"
    IN_TAKE = "while taking"
    AFTER_TAKE = "between taking and sending"
    IN_SEND = "while sending"
    AFTER_SEND = "when one of several is sent"
    BEFORE_SETTLE = "between sending and marking"
    IN_SETTLE = "while marking"
    AFTER_SETTLE = "after marking"


def die() -> None:
    """Убивает свой процесс так, что ничего закрыть уже нельзя."""
    os.kill(os.getpid(), signal.SIGKILL)


def _soon() -> None:
    asyncio.get_running_loop().call_later(_UNDER_WAY, die)


class _MortalEvents(WaitingEvents):
    def __init__(self, events: WaitingEvents, step: Step) -> None:
        self._events = events
        self._step = step

    def _pass(self, step: Step, action: Callable[[], None] = die) -> None:
        if step is self._step:
            action()

    async def take(self, subscriber: str, limit: int, lease: float) -> Sequence[WaitingEvent]:
        self._pass(Step.BEFORE_TAKE)
        self._pass(Step.IN_TAKE, _soon)
        taken = await self._events.take(subscriber, limit, lease)
        if taken:
            self._pass(Step.AFTER_TAKE)
        return taken

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        self._pass(Step.BEFORE_SETTLE)
        self._pass(Step.IN_SETTLE, _soon)
        await self._events.settle(settlements)
        self._pass(Step.AFTER_SETTLE)

    async def pause(self, subscriber: str, reason: str) -> None:
        await self._events.pause(subscriber, reason)


class _MortalSubscriber(Subscriber):
    def __init__(self, subscriber: Subscriber, step: Step) -> None:
        self._subscriber = subscriber
        self._step = step

    @property
    def name(self) -> str:
        return self._subscriber.name

    async def receive(self, event: WaitingEvent) -> Answer:
        if self._step is Step.IN_SEND:
            _soon()
        answer = await self._subscriber.receive(event)
        if self._step is Step.AFTER_SEND:
            die()
        return answer


async def relay(database: str, targets: Sequence[WebhookTarget], step: Step) -> None:
    """Рассылает, пока не дойдёт до шага; если брать нечего, кончается сама."""
    events = PostgresWaitingEvents(database, log_sql=False, keep_days=0)
    deliver = DeliverEvents(_MortalEvents(events, step))
    async with webhook_subscribers(targets, EventMessages(event_body, utc_now)) as subscribers:
        for _ in range(20):
            for subscriber in subscribers:
                # Строки бывают заняты тем, кто двигает время: Relay тогда пробует ещё раз.
                with suppress(EventsUnavailableError):
                    await deliver(_MortalSubscriber(subscriber, step), _AT_ONCE)
            await asyncio.sleep(0.02)
    await events.aclose()


def main(database: str, secret: str, kills: int, *addresses: str) -> None:
    """Убивает, сколько велено, по кругу на всех шагах."""
    named = [address.partition("=") for address in addresses]
    targets = [WebhookTarget(name=name, url=url, keys=[key_of(secret)]) for name, _, url in named]
    steps = list(Step)
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        step = steps[killed.total() % len(steps)]
        if (child := os.fork()) == 0:
            asyncio.run(relay(database, targets, step))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed[step] += 1
        elif os.WEXITSTATUS(status):
            raise SystemExit(f"a relay has failed instead of dying {step}")
    print(json.dumps(killed))  # noqa: T201 — это и есть ответ


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
