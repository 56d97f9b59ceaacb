"""Соединение без сокета: что от него остаётся, когда оно кончилось."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from entrypoints.container import Container
from entrypoints.http.limits import Limits
from entrypoints.http.protocol import HttpProtocol

_REQUEST = b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n"


class DeafTransport(asyncio.Transport):
    """Транспорт, который никуда не посылает; говорит, что ответ был."""

    def __init__(self) -> None:
        super().__init__()
        self.is_answered = asyncio.Event()

    def write(self, _data: bytes | bytearray | memoryview) -> None:
        self.is_answered.set()

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


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
    async def lost_connection() -> weakref.ref[HttpProtocol]:
        config = uvicorn.Config(container.app(), log_config=None, lifespan="off")
        state = ServerState()
        transport = DeafTransport()
        connection = HttpProtocol(config, state, {}, limits=Limits())
        connection.connection_made(transport)
        connection.data_received(_REQUEST * requests)
        if requests and is_answered:
            await asyncio.wait_for(transport.is_answered.wait(), 10)
        connection.connection_lost(None)
        while state.tasks:
            await asyncio.wait(state.tasks)
        return weakref.ref(connection)

    assert asyncio.run(lost_connection())() is None


def test_trailer_fields_are_not_among_the_headers() -> None:
    async def headers_seen(*portions: bytes) -> list[tuple[bytes, bytes]]:
        seen = asyncio.get_running_loop().create_future()

        async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
            seen.set_result(scope["headers"])

        config = uvicorn.Config(app, log_config=None, lifespan="off")
        state = ServerState()
        connection = HttpProtocol(config, state, {}, limits=Limits())
        connection.connection_made(DeafTransport())
        for portion in portions:
            connection.data_received(portion)
        async with asyncio.timeout(10):
            headers: list[tuple[bytes, bytes]] = await seen
        connection.connection_lost(None)
        while state.tasks:
            await asyncio.wait(state.tasks)
        return headers

    head = b"POST /register HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"2\r\n[]\r\n0\r\nHost: evil\r\nIdempotency-Key: k\r\n\r\n"
    expected = [(b"host", b"shop"), (b"transfer-encoding", b"chunked")]
    assert asyncio.run(headers_seen(head + body)) == expected
    assert asyncio.run(headers_seen(head, body)) == expected
