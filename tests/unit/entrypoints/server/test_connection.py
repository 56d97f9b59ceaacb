"""Соединение без сокета: что оно считает, кому отказывает и что от него остаётся."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from entrypoints.container import Container
from entrypoints.server.connection import Connection
from entrypoints.server.limits import ConnectionLimits
from tests.support.lone_connection import CHUNKED, REQUEST, LoneConnection, SlowApp

LARGE = REQUEST[:-2] + b"X: " + b"a" * 10_000 + b"\r\n\r\n"
JSON = CHUNKED[:-2] + b"Content-Type: application/json\r\n\r\n"


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("requests", [0, 1, 3])
@pytest.mark.parametrize("is_answered", [True, False])
def test_lost_connection_is_no_work_for_the_garbage_collector(
    container: Container, requests: int, *, is_answered: bool
) -> None:
    async def lost_connection() -> weakref.ref[Connection]:
        connection = LoneConnection.opened(container)
        connection.data_received(REQUEST * requests)
        if requests and is_answered:
            await asyncio.wait_for(connection.deaf.is_answered.wait(), 10)
        connection.connection_lost(None)
        await connection.settle()
        return weakref.ref(connection)

    assert asyncio.run(lost_connection())() is None


def test_trailer_fields_are_not_among_the_headers() -> None:
    async def headers_seen(*portions: bytes) -> list[tuple[bytes, bytes]]:
        seen = asyncio.get_running_loop().create_future()

        async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
            seen.set_result(scope["headers"])

        connection = LoneConnection.before(app)
        for portion in portions:
            connection.data_received(portion)
        async with asyncio.timeout(10):
            headers: list[tuple[bytes, bytes]] = await seen
        connection.connection_lost(None)
        await connection.settle()
        return headers

    body = b"2\r\n[]\r\n0\r\nHost: evil\r\nIdempotency-Key: k\r\n\r\n"
    expected = [(b"host", b"shop"), (b"transfer-encoding", b"chunked")]
    assert asyncio.run(headers_seen(CHUNKED + body)) == expected
    assert asyncio.run(headers_seen(CHUNKED, body)) == expected


def test_room_is_made_by_an_eighth_of_those_who_wait_longest_and_are_owed_nothing() -> None:
    async def cut_off(waiting: list[int]) -> list[int]:
        state = ServerState()
        connections = [
            LoneConnection(SlowApp(), ConnectionLimits(connections=16), state) for _ in range(17)
        ]
        for connection in connections[:-1]:
            connection.open()
        # Двое ждут дольше всех, но это им должны ответ; остальные только начали запрос.
        connections[0].data_received(REQUEST)
        connections[1].data_received(REQUEST + CHUNKED)
        for place in waiting:
            connections[place].data_received(REQUEST[:3])
        connections[-1].open()
        return [place for place, one in enumerate(connections) if one.deaf.is_aborted]

    order = [11, 4, 8, 15, 13, 6, 2, 9, 14, 3, 12, 7, 5, 10]
    assert asyncio.run(cut_off(order)) == sorted(order[:3])


def test_large_heads_one_after_another_are_not_taken_for_one(container: Container) -> None:
    async def statuses() -> list[bytes]:
        connection = LoneConnection.opened(container)
        for _ in range(3):
            connection.data_received(LARGE[:100])
            connection.data_received(LARGE[100:])
            await connection.settle()
        return connection.statuses()

    assert asyncio.run(statuses()) == [b"200"] * 3


@pytest.mark.parametrize(
    ("portion", "expected"),
    [
        (
            LARGE.replace(b"X:", b"Connection: Upgrade\r\nUpgrade: h2c\r\nX:") + REQUEST,
            [b"200"] * 2,
        ),
        (JSON + b"20000\r\n" + b"a" * 0x20000 + b"\r\n0\r\n\r\n", [b"413"]),
    ],
    ids=["head read again without its upgrade", "body"],
)
def test_only_what_is_limited_is_measured(
    container: Container, portion: bytes, expected: list[bytes]
) -> None:
    async def statuses() -> list[bytes]:
        connection = LoneConnection.opened(container)
        # Мерится то, чему конца ещё не видно.
        connection.data_received(portion[:-2])
        connection.data_received(portion[-2:])
        await connection.settle()
        return connection.statuses()

    assert asyncio.run(statuses()) == expected


@pytest.mark.anyio
async def test_sender_who_has_sent_everything_gets_his_answer_and_the_end() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST)
    assert connection.eof_received()
    app.answer()
    await connection.settle()
    assert connection.statuses() == [b"200"]
    assert connection.deaf.is_closing()


@pytest.mark.anyio
async def test_nothing_more_is_read_until_all_that_was_sent_ahead_is_answered() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST * 2)
    app.answer()
    await connection.settle(answers=1)
    assert not connection.deaf.is_reading()
    app.answer()
    await connection.settle()
    assert connection.deaf.is_reading()


@pytest.mark.anyio
async def test_connection_that_is_cut_off_begins_nothing_of_what_was_sent_ahead() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST * 2)
    connection.deaf.abort()
    app.answer()
    await connection.settle()
    assert app.asked == 1


@pytest.mark.parametrize("sent", [REQUEST * 2 + CHUNKED, CHUNKED], ids=["whole", "begun"])
@pytest.mark.anyio
async def test_nothing_is_done_after_the_last_answer(sent: bytes) -> None:
    app = SlowApp((b"connection", b"close"))
    connection = LoneConnection.before(app)
    connection.data_received(sent)
    app.answer()
    app.answer()
    await connection.settle()
    connection.data_received(b"0\r\n\r\n" + REQUEST)
    await connection.settle()
    assert (app.asked, connection.statuses()) == (1, [b"200"])
    assert connection.deaf.has_ended
    assert connection.deaf.is_reading()


@pytest.mark.parametrize("broken", [b"\x16\x03", CHUNKED + b"zz\r\n"], ids=["head", "body"])
@pytest.mark.anyio
async def test_refusal_comes_in_its_turn_and_ends_the_connection_at_once(
    container: Container, broken: bytes
) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST * 2 + broken)
    await connection.settle()
    assert connection.statuses() == [b"200", b"200", b"400"]
    assert connection.deaf.has_ended
    assert connection.deaf.is_reading()


@pytest.mark.anyio
async def test_connection_that_asked_to_be_closed_takes_no_place_after_its_answer(
    container: Container,
) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST[:-2] + b"Connection: close\r\n\r\n")
    await connection.settle()
    assert connection.deaf.is_closing()
