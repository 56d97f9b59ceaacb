"""Рассылку убивают на каждом шагу: записанное всё равно доходит до обоих подписчиков.

Зубы: если отмечать раньше, чем послано, сверка находит потерянное.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence

import pytest

from adapters.clock import utc_now
from adapters.event_messages import EventMessages
from adapters.postgres.delivery.operations import subscribe
from adapters.postgres.delivery.waiting import postgres_events
from adapters.webhooks.sender import WebhookTarget, webhook_subscribers
from application.deliver_events import LEASE, DeliverEvents, Round
from application.subscriber import Subscriber
from application.waiting_events import Settlement
from domain.events import EVENT_TYPES
from entrypoints.event_document import event_body
from entrypoints.webhook_secret import key_of, new_secret
from tests.checker.deliveries import delivered
from tests.checker.table import stored_rows
from tests.support.batches import patient_customers
from tests.support.counting_receiver import CountingReceiver, counting_receiver
from tests.support.customers import new_customer
from tests.support.killed_relay import Step
from tests.support.parts import part_of_run
from tests.support.project import ROOT
from tests.support.sql import execute

pytestmark = [pytest.mark.anyio, part_of_run("faults", budget=240)]

KILLS = 200
SECRET = new_secret()
NAMES = ("good", "flaky")


def pass_time(database: str, seconds: float) -> None:
    """Делает события старше: ждать срока взятого по-настоящему незачем."""
    execute(
        database,
        "UPDATE waiting_events SET next_attempt_at = next_attempt_at - %s::interval",
        f"{seconds} s",
    )


def waiting(database: str) -> int:
    return int(str(execute(database, "SELECT count(*) FROM waiting_events")[0][0]))


async def register_until(database: str, ended: "asyncio.Task[dict[str, int]]") -> int:
    """Регистрирует покупателей, пока рассылки убивают; возвращает, сколько подтверждено."""
    acknowledged = 0
    async with patient_customers(database) as customers:
        while not ended.done() or not acknowledged:
            await asyncio.gather(
                *(
                    customers.add(new_customer(email=f"{acknowledged + n}@example.ru"))
                    for n in range(8)
                )
            )
            acknowledged += 8
            await asyncio.to_thread(pass_time, database, LEASE / 4)
            await asyncio.wait([ended], timeout=0.1)
    return acknowledged


async def killed(database: str, receivers: Sequence[CountingReceiver]) -> dict[str, int]:
    """Убивает рассылки и возвращает, сколько раз на каком шаге."""
    addresses = (f"{name}={one.url}" for name, one in zip(NAMES, receivers, strict=True))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.killed_relay"),
        *(database, SECRET, str(KILLS), *addresses),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return dict(json.loads(printed))


async def deliver_all(database: str, receivers: Sequence[CountingReceiver]) -> None:
    """Рассылает всё, что осталось."""
    targets = [
        WebhookTarget(name=name, url=one.url, keys=[key_of(SECRET)])
        for name, one in zip(NAMES, receivers, strict=True)
    ]
    async with (
        postgres_events(database, log_sql=False, keep_days=0) as events,
        webhook_subscribers(targets, EventMessages(event_body, utc_now)) as subscribers,
    ):
        deliver = DeliverEvents(events)
        while await asyncio.to_thread(waiting, database):
            await asyncio.to_thread(pass_time, database, 3600)
            for subscriber in subscribers:
                await deliver(subscriber, 100)


async def test_no_kill_between_taking_and_marking_loses_an_event(database: str) -> None:
    subscribe(database, dict.fromkeys(NAMES, EVENT_TYPES), log_sql=False)
    async with (
        counting_receiver(SECRET, is_flaky=False) as good,
        counting_receiver(SECRET, is_flaky=True) as flaky,
    ):
        killing = asyncio.create_task(killed(database, [good, flaky]))
        acknowledged = await register_until(database, killing)
        kills = await killing
        await deliver_all(database, [good, flaky])
    assert sum(kills.values()) == KILLS
    assert kills.keys() == set(Step)
    rows = stored_rows(database, "")
    assert len(rows) == acknowledged
    for receiver in (good, flaky):
        verdict = delivered(rows, receiver.accepted)
        assert verdict.is_kept, verdict
        assert verdict.delivered == acknowledged
    # Без повторов здесь и не убивали бы: посланное и неотмеченное шлётся ещё раз.
    assert delivered(rows, good.accepted).repeated > 0


class MarkingTooEarly(DeliverEvents):
    """Рассылка, которая отмечает раньше, чем посылает, и умирает между двумя шагами."""

    async def __call__(self, subscriber: Subscriber, limit: int) -> Round:
        taken = await self.events.take(subscriber.name, limit, LEASE)
        await self.events.settle([Settlement(event=event) for event in taken])
        return Round(delivered=len(taken))


async def test_checker_finds_what_is_lost_when_it_is_marked_before_it_is_sent(
    database: str,
) -> None:
    subscribe(database, dict.fromkeys(NAMES, EVENT_TYPES), log_sql=False)
    async with patient_customers(database) as customers:
        for n in range(10):
            await customers.add(new_customer(email=f"{n}@example.ru"))
    async with (
        counting_receiver(SECRET, is_flaky=False) as good,
        counting_receiver(SECRET, is_flaky=False) as other,
    ):
        target = WebhookTarget(name="good", url=good.url, keys=[key_of(SECRET)])
        async with (
            postgres_events(database, log_sql=False, keep_days=0) as events,
            webhook_subscribers([target], EventMessages(event_body, utc_now)) as [subscriber],
        ):
            await MarkingTooEarly(events)(subscriber, 3)
        await deliver_all(database, [good, other])
    rows = stored_rows(database, "")
    assert delivered(rows, good.accepted).missing == [f"{n}@example.ru" for n in range(3)]
    assert delivered(rows, other.accepted).is_kept
