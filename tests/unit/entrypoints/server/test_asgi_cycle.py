"""Запрос у приложения ASGI: после последней порции тела оно ждёт конца запроса, а не узнаёт его."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from tests.support.lone_connection import CHUNKED, POST, REQUEST, LoneConnection

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(
        "portions",
        [
            [REQUEST],
            [POST[:-2] + b"Content-Length: 2\r\n\r\n[]"],
            [POST[:-2] + b"Content-Length: 2\r\n\r\n", b"[", b"]"],
            [POST[:-2] + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n", b"[]"],
            [CHUNKED, b"2\r\n[]\r\n", b"0\r\n\r\n"],
            [CHUNKED + b"2\r\n[]\r\n0\r\n\r\n"],
        ],
        ids=["none", "at once", "in parts", "when allowed", "chunked", "chunked at once"],
    ),
]


def at_most(receive: Receive, times: int) -> Receive:
    """Слушает не больше стольких раз: сколько ни слушать без паузы, цикл событий стоит."""
    left = times

    async def bounded() -> Message:
        nonlocal left
        left -= 1
        assert left >= 0, "the application is told of nothing again and again"
        return await receive()

    return bounded


async def send_in_turns(connection: LoneConnection, portions: list[bytes]) -> None:
    for portion in portions:
        connection.data_received(portion)
        for _ in range(10):
            await asyncio.sleep(0)


async def test_sender_is_gone_when_he_has_gone(portions: list[bytes]) -> None:
    told: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        listen = at_most(receive, 10)
        while not told or told[-1]["type"] != "http.disconnect":
            told.append(await listen())

    connection = LoneConnection.before(app)
    await send_in_turns(connection, portions)
    assert [message["more_body"] for message in told].index(False) == len(told) - 1
    connection.connection_lost(None)
    await connection.settle()
    assert told[-1] == {"type": "http.disconnect"}
    assert b"".join(message.get("body", b"") for message in told) in {b"", b"[]"}


async def test_answer_in_parts_is_sent_whole(portions: list[bytes]) -> None:
    async def parts() -> AsyncIterator[str]:
        for number in range(3):
            await asyncio.sleep(0)
            yield f"{number};"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        listen = at_most(receive, 10)
        while (await listen())["more_body"]:
            pass
        await StreamingResponse(parts())(scope, listen, send)

    connection = LoneConnection.before(app)
    await send_in_turns(connection, portions)
    await connection.settle()
    assert connection.deaf.sent.endswith(b"\r\n2\r\n0;\r\n2\r\n1;\r\n2\r\n2;\r\n0\r\n\r\n")
