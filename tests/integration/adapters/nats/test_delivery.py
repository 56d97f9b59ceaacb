"""Рассылка в поток, чей сервер убивают: записано всё, и каждое событие один раз."""

import asyncio
from pathlib import Path

import pytest

from adapters.clock import utc_now
from adapters.event_messages import EventMessages
from adapters.memory_events import InMemoryEvents
from adapters.nats.connection import NatsServer
from adapters.nats.sender import NatsTarget, nats_subscribers
from application.deliver_events import DeliverEvents, RetryRules
from application.relay import News, Relay
from domain.customer import Customer
from domain.events import Source
from entrypoints.event_document import event_body
from tests.support.customers import new_customer
from tests.support.eventually import eventually
from tests.support.nats_server import PASSWORD, SUBJECT, USER, RunningNats, running_nats

pytestmark = pytest.mark.anyio

_COUNT, _PARTS = 300, 3
_PATIENCE = 30.0


def tell(events: InMemoryEvents, part: int) -> None:
    for number in range(part * _COUNT + 1, (part + 1) * _COUNT + 1):
        new = new_customer(email=f"{number}@example.ru")
        events.tell(Customer.of(new, id=number), Source.REGISTRATION)


async def crash(server: RunningNats) -> None:
    server.kill()
    await asyncio.to_thread(server.start)


async def test_every_event_is_stored_once_whenever_the_server_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.nats.sender._PATIENCE", 0.0)
    monkeypatch.setattr("application.relay._PROBE", 0.05)
    events = InMemoryEvents()
    events.subscribe("warehouse")
    with running_nats(tmp_path) as server:
        await server.create_stream()
        where = NatsServer(address=server.address, user=USER, password=PASSWORD)
        target = NatsTarget(name="warehouse", server=where, subject=SUBJECT, keys=[])
        async with nats_subscribers([target], EventMessages(event_body, utc_now)) as subscribers:
            deliver = DeliverEvents(events, RetryRules(first=0.05, longest=0.2))
            relay = Relay(deliver, subscribers, News(), poll=0.02)
            running = asyncio.create_task(relay.run())
            tell(events, 0)
            # Записано, а подтверждения никто не дождался: всё это пошлют ещё раз.
            async with asyncio.timeout(_PATIENCE):
                while not await server.stored():
                    assert not running.done()
            monkeypatch.setattr("adapters.nats.sender._PATIENCE", 0.5)
            for part in range(1, _PARTS):
                sent = len(events.past)
                tell(events, part)
                # Убивают посреди рассылки: часть уже принята, часть в пути.
                await asyncio.to_thread(eventually, lambda: len(events.past) > sent)  # noqa: B023 — ждут тут же
                await crash(server)
            await asyncio.to_thread(eventually, lambda: not events.waiting)
            relay.stop()
            await running
        assert await server.stored() == _COUNT * _PARTS
    assert all(one.failure is None for one in events.past)
