"""Соединение без сокета: что оно считает, кому отказывает и что от него остаётся."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from dependency_injector import providers
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from domain.customer import NewCustomer
from entrypoints.container import Container
from entrypoints.server.connection import Connection
from entrypoints.server.limits import ConnectionLimits
from tests.support.intercepted_customers import InterceptedCustomers
from tests.support.lone_connection import CHUNKED, POST, REQUEST, LoneConnection, SlowApp, turns

LARGE = REQUEST[:-2] + b"X: " + b"a" * 10_000 + b"\r\n\r\n"
REGISTER = POST[:-2] + b"Content-Length: 40\r\n\r\n"
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


class SlowRepository(InterceptedCustomers):
    """Хранилище, которое записывает, когда велено."""

    def __init__(self) -> None:
        super().__init__()
        self.may_store = asyncio.Event()

    async def before(self, customer: NewCustomer) -> NewCustomer:
        await self.may_store.wait()
        return customer


@pytest.mark.usefixtures("_no_collector")
def test_sender_who_left_while_he_was_stored_is_logged_and_let_go(
    container: Container, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "crm_api.http")

    async def lost_connection() -> weakref.ref[Connection]:
        repository = SlowRepository()
        container.customers.override(providers.Object(repository))
        connection = LoneConnection.opened(container)
        connection.data_received(REGISTER + b'{"name": "Ivan", "email": "i@shop.test"}')
        connection.deaf.abort()
        connection.connection_lost(ConnectionResetError())
        repository.may_store.set()
        await connection.settle()
        await turns()
        return weakref.ref(connection)

    assert asyncio.run(lost_connection())() is None
    assert [line.split(" in ")[0] for line in caplog.messages] == ["POST /register 201"]


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


@pytest.mark.parametrize("end", [b"", b"Content-Length: 2\r\n\r\n{}"], ids=["head", "body"])
def test_request_is_not_charged_with_those_that_came_in_one_portion_with_it(
    container: Container, end: bytes
) -> None:
    async def statuses() -> list[bytes]:
        connection = LoneConnection.opened(container)
        sent = LARGE * 10 + LARGE[:-2] + end
        connection.data_received(sent[:-1])
        await connection.settle(answers=10)
        connection.data_received(sent[-1:] + b"\r\n" * (not end))
        await turns()
        return connection.statuses()

    assert asyncio.run(statuses()) == [b"200"] * 11


def test_large_head_that_came_with_another_request_is_refused(container: Container) -> None:
    async def statuses() -> list[bytes]:
        connection = LoneConnection.opened(container)
        connection.data_received(REQUEST + LARGE.replace(b"a", b"aa"))
        await connection.settle()
        return connection.statuses()

    assert asyncio.run(statuses()) == [b"200", b"431"]


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
