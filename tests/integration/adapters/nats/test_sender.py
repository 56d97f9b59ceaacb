"""Событие в потоке JetStream: принято лишь то, что поток записал, и записано оно один раз."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import nats
import pytest
from attrs import evolve
from nats.js.api import StreamConfig
from standardwebhooks.webhooks import Webhook

from adapters.clock import utc_now
from adapters.event_messages import EventMessages
from adapters.memory_events import InMemoryEvents
from adapters.nats.connection import NatsServer
from adapters.nats.sender import NatsTarget, nats_subscribers
from application.deliver_events import DeliverEvents
from application.subscriber import Answer, Subscriber
from application.waiting_events import WaitingEvent
from domain.customer import Customer
from domain.events import CustomerRegistered, Source, event_id
from entrypoints.event_document import event_body
from entrypoints.webhook_secret import key_of, new_secret
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.nats_server import PASSWORD, STREAM, SUBJECT, USER, RunningNats, running_nats

pytestmark = pytest.mark.anyio

SECRET = new_secret()
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EVENT = WaitingEvent(
    id=1,
    event_id=event_id(UUID(int=1), 7),
    happened=CustomerRegistered(
        customer_id=7,
        registered_at=REGISTERED_AT,
        customer=new_customer(name="Ёж 🦾", email="иван@пример.рф"),
        source=Source.REGISTRATION,
    ),
    attempts=1,
    waited=0,
    trace=TRACE,
)
OTHER = evolve(EVENT, event_id=event_id(UUID(int=1), 8))
ACCEPTED = Answer()
ALLOWED = "allowed"
MUTE = '{ user: "mute", password: "m", permissions: { publish: { deny: "customer.>" } } }'


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningNats]:
    with running_nats(tmp_path, users=MUTE) as server:
        yield server


@asynccontextmanager
async def sender(
    server: RunningNats, *secrets: str, user: str = USER, password: str = PASSWORD
) -> AsyncIterator[Subscriber]:
    where = NatsServer(address=server.address, user=user, password=password)
    keys = [key_of(secret) for secret in secrets]
    target = NatsTarget(name="warehouse", server=where, subject=SUBJECT, keys=keys)
    async with nats_subscribers([target], EventMessages(event_body, utc_now)) as [subscriber]:
        yield subscriber


async def test_stream_stores_the_event_as_the_201_shows_it(server: RunningNats) -> None:
    await server.create_stream()
    async with sender(server, SECRET) as subscriber, server.client() as client:
        assert await subscriber.receive(EVENT) == ACCEPTED
        message = await client.get_msg(STREAM, 1)
    assert message.data == event_body(EVENT.happened)
    assert message.headers is not None
    assert message.headers["Nats-Msg-Id"] == message.headers["webhook-id"] == str(EVENT.event_id)
    assert message.headers["traceparent"] == TRACE
    told = Webhook(SECRET).verify((message.data or b"").decode(), message.headers)
    assert told["data"]["email"] == "иван@пример.рф"


async def test_without_a_secret_nothing_is_signed(server: RunningNats) -> None:
    await server.create_stream()
    async with sender(server) as subscriber, server.client() as client:
        await subscriber.receive(EVENT)
        message = await client.get_msg(STREAM, 1)
    assert "webhook-signature" not in (message.headers or {})


async def test_event_that_is_sent_again_is_stored_once_even_after_a_crash(
    server: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.nats.sender._PATIENCE", 0.5)
    await server.create_stream()
    async with sender(server) as subscriber:
        for event in (EVENT, OTHER, EVENT):
            assert await subscriber.receive(event) == ACCEPTED
        server.kill()
        assert (await subscriber.receive(OTHER)).failure == "it closed the connection"
        assert (await subscriber.receive(OTHER)).failure == "it does not accept connections"
        server.start()
        for event in (EVENT, OTHER):
            assert await subscriber.receive(event) == ACCEPTED
    assert await server.stored() == 2


async def test_without_a_stream_nothing_is_accepted_until_there_is_one(
    server: RunningNats,
) -> None:
    async with sender(server) as subscriber:
        assert (await subscriber.receive(EVENT)).failure == "no stream takes its subject"
        await server.create_stream()
        assert await subscriber.receive(EVENT) == ACCEPTED


@pytest.mark.parametrize("said", [b"{}", b"ok", b"3", b'{"error": 1}', b'{"stream": "x"}'])
async def test_answer_of_somebody_else_is_no_acknowledgement(
    server: RunningNats, said: bytes
) -> None:
    async def answer(message: object) -> None:
        await message.respond(said)  # type: ignore[attr-defined]  # nats.aio.msg.Msg

    listener = await nats.connect(f"nats://{server.address}", user=USER, password=PASSWORD)
    await listener.subscribe(SUBJECT, cb=answer)
    await listener.flush()
    async with sender(server) as subscriber:
        told = (await subscriber.receive(EVENT)).failure
    await listener.close()
    assert told == "what answers on its subject is no stream"


async def test_full_stream_says_why_it_refuses(server: RunningNats) -> None:
    await server.create_stream(most=1)
    async with sender(server) as subscriber:
        assert await subscriber.receive(EVENT) == ACCEPTED
        told = (await subscriber.receive(OTHER)).failure
    assert told is not None
    assert told.startswith("its stream refuses: maximum messages exceeded")


async def test_wrong_credentials_are_told_without_them(server: RunningNats) -> None:
    async with sender(server, password="another") as subscriber:  # noqa: S106 — неверный
        told = (await subscriber.receive(EVENT)).failure
    assert told == "it does not accept the credentials"


async def test_forbidden_subject_is_told(
    server: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.nats.sender._PATIENCE", 0.5)
    await server.create_stream()
    async with sender(server, user="mute", password="m") as subscriber:  # noqa: S106
        told = (await subscriber.receive(EVENT)).failure
    assert told == "it does not allow its subject to this user"


async def told_by_the_log(subscriber: Subscriber, caplog: pytest.LogCaptureFixture) -> str:
    """Что о неудаче одной рассылки сказано в журнале."""
    events = InMemoryEvents()
    events.subscribe(subscriber.name)
    events.tell(Customer.of(new_customer(), id=1), Source.REGISTRATION)
    await DeliverEvents(events)(subscriber, 1)
    return caplog.messages[-1].partition("; ")[2]


async def test_log_of_the_relay_tells_the_reason_of_the_silence(
    server: RunningNats, caplog: pytest.LogCaptureFixture
) -> None:
    await server.create_stream()
    async with sender(server, user="mute", password="m") as mute, sender(server) as subscriber:  # noqa: S106
        forbidden = "it does not allow its subject to this user: 1"
        assert await told_by_the_log(mute, caplog) == forbidden
        assert await subscriber.receive(EVENT) == ACCEPTED
        server.freeze()
        assert await told_by_the_log(subscriber, caplog) == "no acknowledgement in 4 s: 1"
        server.thaw()


async def test_prohibition_is_no_reason_any_more_once_something_is_accepted(
    server: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.create_stream()
    where = NatsServer(address=server.address, user="mute", password="m")  # noqa: S106
    forbidden = NatsTarget(name="warehouse", server=where, subject=SUBJECT, keys=[])
    async with (
        nats_subscribers([forbidden], EventMessages(event_body, utc_now)) as [subscriber],
        server.client() as client,
    ):
        with monkeypatch.context() as patched:
            patched.setattr("adapters.nats.sender._PATIENCE", 0.5)
            assert "does not allow" in ((await subscriber.receive(EVENT)).failure or "")
            # Разрешённое название того же потока: соединение осталось прежним.
            await client.update_stream(StreamConfig(STREAM, subjects=[SUBJECT, ALLOWED]))
            patched.setattr(subscriber, "_target", evolve(forbidden, subject=ALLOWED))
            assert await subscriber.receive(EVENT) == ACCEPTED
            server.freeze()
            told = (await subscriber.receive(OTHER)).failure
        server.thaw()
    assert told == "no acknowledgement in 4 s"


async def test_frozen_server_refuses_and_serves_again(
    server: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.create_stream()
    async with sender(server) as subscriber:
        assert await subscriber.receive(EVENT) == ACCEPTED
        server.freeze()
        with monkeypatch.context() as patched:
            patched.setattr("adapters.nats.sender._PATIENCE", 0.2)
            assert (await subscriber.receive(OTHER)).failure == "no acknowledgement in 4 s"
        server.thaw()
        assert await subscriber.receive(OTHER) == ACCEPTED
    assert await server.stored() == 2


async def test_unreachable_server_is_told_to_all_at_once() -> None:
    where = NatsServer(address="no-such-host.invalid:4222")
    target = NatsTarget(name="warehouse", server=where, subject=SUBJECT, keys=[])
    async with nats_subscribers([target], EventMessages(event_body, utc_now)) as [subscriber]:
        assert (await subscriber.receive(EVENT)).failure == "its name is not resolved"


def test_secrets_are_not_shown() -> None:
    where = NatsServer(address="a:1", user="user", password="pw", token="t")  # noqa: S106
    shown = repr(NatsTarget(name="crm", server=where, subject=SUBJECT, keys=[b"key"]))
    for secret in ("user", "pw", "key", "token"):
        assert secret not in shown
