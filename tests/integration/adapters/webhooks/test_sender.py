"""Отправитель: что уходит подписчику и по каким соединениям."""

import asyncio
import json

import pytest
from attrs import evolve
from standardwebhooks.webhooks import Webhook

from adapters.webhooks.sender import WebhookTarget
from application.subscriber import Answer
from entrypoints.event_document import event_body
from entrypoints.webhook_secret import new_secret
from tests.support.raw_receiver import raw_receiver
from tests.support.webhook_call import EVENT, SECRET, answer_to, sender

pytestmark = pytest.mark.anyio


async def test_library_of_the_specification_accepts_the_call() -> None:
    other = new_secret()
    async with raw_receiver() as receiver, sender(receiver.url, SECRET, other) as subscriber:
        assert await subscriber.receive(EVENT) == Answer()
    headers, body = receiver.headers(), receiver.requests[0][1]
    for secret in (SECRET, other):
        told = Webhook(secret).verify(body.decode(), headers)
    assert told == json.loads(body)
    assert receiver.requests[0][0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert headers["webhook-id"] == str(EVENT.event_id)
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "crm-api"
    assert "traceparent" not in headers


async def test_body_is_the_customer_as_the_201_shows_it_and_printed_again_stays_the_same() -> None:
    body = event_body(EVENT.happened)
    told = json.loads(body)
    assert list(told) == ["type", "timestamp", "data"]
    assert list(told["data"]) == [
        *("id", "name", "email", "age", "gender", "country", "address", "phone"),
        *("registered_at", "source"),
    ]
    assert told["timestamp"] == told["data"]["registered_at"] == "2026-02-11T13:45:00.000000Z"
    assert told["data"]["source"] == "registration"
    assert json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() == body


async def test_trace_goes_on() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with raw_receiver() as receiver, sender(receiver.url) as subscriber:
        await subscriber.receive(evolve(EVENT, trace=trace))
    assert receiver.headers()["traceparent"] == trace


async def test_receiver_that_closes_after_each_answer_costs_no_try() -> None:
    async with raw_receiver() as receiver, sender(receiver.url) as subscriber:
        receiver.closes = True
        for _ in range(5):
            answers = await asyncio.gather(*(subscriber.receive(EVENT) for _ in range(20)))
            assert set(answers) == {Answer()}


async def test_connection_serves_again() -> None:
    async with raw_receiver() as receiver, sender(receiver.url) as subscriber:
        for _ in range(10):
            await subscriber.receive(EVENT)
        assert (receiver.connections, len(receiver.requests)) == (1, 10)


async def test_environment_sends_the_call_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_receiver() as proxy, raw_receiver() as receiver:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert await answer_to(receiver) == Answer()
        assert proxy.requests == []


def test_secret_and_address_are_not_shown() -> None:
    shown = repr(WebhookTarget(name="crm", url="https://user:pw@crm.example", keys=[b"key"]))
    assert shown == "WebhookTarget(name='crm')"
