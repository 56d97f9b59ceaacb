"""Соединение без сокета: байты ему дают из теста, а что оно ответило и чем кончило, видно."""

import asyncio
from collections.abc import Callable
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from entrypoints.container import Container
from entrypoints.http.fast_path import FastRequest, Fields
from entrypoints.http.refused_requests import REFUSAL_SCOPE_KEY
from entrypoints.server.connection import Connection
from entrypoints.server.limits import ConnectionLimits
from entrypoints.server.server_context import ServerContext, no_fast_path

REQUEST = b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n"
POST = b"POST /register HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\r\n"
CHUNKED = b"POST /register HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"


TURNS = 200
"""Оборотов цикла событий, за которые отвечают на всё, на что вообще ответят."""


async def turns(count: int = TURNS) -> None:
    """Проводит столько оборотов цикла событий."""
    for _ in range(count):
        await asyncio.sleep(0)


class DeafTransport(asyncio.Transport):
    """Транспорт, который никуда не посылает; помнит, что ему велели.

    Attributes:
        sent: что послано.
        is_answered: посылали ли что-нибудь.
        is_aborted: оборвано ли соединение.
        has_ended: сказано ли, что ответов больше не будет.
    """

    def __init__(self, peer: tuple[str, int] | None = None) -> None:
        super().__init__({"peername": peer})
        self.sent = b""
        self.is_answered = asyncio.Event()
        self.is_aborted = False
        self.has_ended = False
        self._is_closed = False
        self._is_reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)
        self.is_answered.set()

    def write_eof(self) -> None:
        self.has_ended = True

    def is_closing(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        self._is_closed = True

    def abort(self) -> None:
        self._is_closed = self.is_aborted = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass  # что из посланного не забрали, решает тест

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        self._is_reading = True

    def is_reading(self) -> bool:
        return self._is_reading


class LoneConnection(Connection):
    """Соединение с пределами, если не сказано иное, самого сервиса."""

    def __init__(
        self,
        app: ASGIApp,
        limits: ConnectionLimits | None = None,
        state: ServerState | None = None,
        fast_path: Callable[[str, bytes, Fields], FastRequest | None] | None = None,
        peer: tuple[str, int] | None = None,
    ) -> None:
        config = uvicorn.Config(app, log_config=None, lifespan="off")
        config.load()
        self.app_state: dict[str, object] = {}
        context = ServerContext(limits or ConnectionLimits(), fast_path or no_fast_path)
        self.context = context
        self.share = context.share
        state = state or ServerState()
        super().__init__(config, state, self.app_state, context=context)
        self.tasks = state.tasks
        self.deaf = DeafTransport(peer)

    @classmethod
    def opened(cls, container: Container) -> Self:
        """Начинает соединение с приложением сервиса."""
        connection = cls(container.app(), fast_path=container.http.fast_path().accept)
        connection.open()
        connection.app_state["register_customer"] = container.register_customer()
        return connection

    @classmethod
    def before(cls, app: ASGIApp) -> Self:
        """Начинает соединение с таким приложением."""
        connection = cls(app)
        connection.open()
        return connection

    def open(self) -> None:
        """Начинает соединение."""
        self.connection_made(self.deaf)

    async def settle(self, *, answers: int | None = None) -> None:
        """Ждёт, пока приложение ответит столько раз, а если не сказано — на всё, что начало."""
        async with asyncio.timeout(10):
            while self.tasks and (answers is None or len(self.statuses()) < answers):
                await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)

    def statuses(self) -> list[bytes]:
        """Коды состояния ответов."""
        return [answer[:3] for answer in self.deaf.sent.split(b"HTTP/1.1 ")[1:]]


class SlowApp:
    """Приложение, которое отвечает, когда велено.

    Attributes:
        asked: сколько раз его спросили.
        refused: отказы, с которыми к нему пришли, в порядке прихода.
    """

    def __init__(self, *headers: tuple[bytes, bytes], status: int = 200) -> None:
        self.asked = 0
        self.refused: list[str | None] = []
        self._status = status
        self._headers = [(b"content-length", b"0"), *headers]
        self._may_answer = asyncio.Semaphore(0)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        self.refused.append(scope.get(REFUSAL_SCOPE_KEY))
        await self._may_answer.acquire()
        await send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )
        await send({"type": "http.response.body"})

    def answer(self) -> None:
        """Отвечает на один запрос."""
        self._may_answer.release()
