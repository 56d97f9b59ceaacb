"""Сервер без приложения: сигналы остановиться, сокеты."""

import asyncio
import os
import signal
import socket
from collections import Counter
from contextlib import ExitStack
from threading import Event

import pytest
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from entrypoints.server.http_server import ACCEPTED, HttpServer, ready_for_crowds
from entrypoints.server.limits import ConnectionLimits
from entrypoints.server.server_context import ServerContext


class InterruptedEvent(Event):
    """Событие, во время которого приходит ещё один сигнал.

    Настоящее застыло бы навсегда: замок, который оно держит, второй раз не взять.
    """

    server: HttpServer
    is_being_set = False

    def set(self) -> None:
        assert not self.is_being_set
        self.is_being_set = True
        self.server.handle_exit(signal.SIGHUP, None)
        super().set()


def test_signal_that_interrupts_another_is_one_stop() -> None:
    stopping = InterruptedEvent()
    config = uvicorn.Config(app="", log_config=None)
    stopping.server = HttpServer(
        config,
        queues=[],
        context=ServerContext(),
        stopping=stopping,
        drain=0,
        on_start=lambda: None,
    )
    stopping.server.handle_exit(signal.SIGTERM, None)
    assert stopping.is_set()


async def closing_without_end(_scope: Scope, receive: Receive, send: Send) -> None:
    """Приложение, которое начинает работу и не кончает: чего оно ждёт, сервер не знает."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await asyncio.Event().wait()


@pytest.mark.anyio
async def test_stop_that_is_too_long_blames_nobody_who_may_be_innocent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = uvicorn.Config(closing_without_end, log_config=None, lifespan="on")
    config.load()
    server = HttpServer(
        config,
        queues=[],
        context=ServerContext(ConnectionLimits(grace=0.1)),
        stopping=Event(),
        drain=0,
        on_start=lambda: None,
    )
    server.servers = []
    server.lifespan = config.lifespan_class(config)
    await server.lifespan.startup()
    await server.shutdown()
    assert [line for line in caplog.messages if line.startswith("stopped")] == [
        "stopped without closing everything: requests, events or the database took longer"
    ]


class Accepted(asyncio.Protocol):
    """Помнит, сколько приняли в каждом обороте цикла событий, и сколько хранит за них ядро."""

    def __init__(self, turns: list[int], accepted: Counter[int], buffers: list[int]) -> None:
        self._turns, self._accepted, self._buffers = turns, accepted, buffers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._accepted[self._turns[0]] += 1
        link = transport.get_extra_info("socket")
        self._buffers.append(link.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
        transport.close()


def test_crowd_is_accepted_in_few_turns_and_the_kernel_keeps_little_for_each() -> None:
    count = 4 * ACCEPTED

    async def accepted(stack: ExitStack) -> tuple[Counter[int], list[int]]:
        turns, found, buffers = [0], Counter[int](), list[int]()
        sockets = ready_for_crowds([stack.enter_context(socket.create_server(("127.0.0.1", 0)))])
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(
                lambda: Accepted(turns, found, buffers), sock=one, backlog=count
            )
            for one in sockets
        ]
        for _ in range(count):
            link = stack.enter_context(socket.socket())
            link.settimeout(0)
            link.connect_ex(sockets[0].getsockname())
        async with asyncio.timeout(30):
            while found.total() < count:
                turns[0] += 1
                await asyncio.sleep(0)
        for server in servers:
            server.close()
        return found, buffers

    with ExitStack() as stack:
        found, buffers = asyncio.run(accepted(stack), loop_factory=uvloop.new_event_loop)
    assert max(found.values()) > ACCEPTED // 2
    assert max(buffers) <= 2 * 64 * 1024  # Linux хранит вдвое против просимого (socket(7))


def test_sockets_that_workers_share_are_never_told_to_wait() -> None:
    with ExitStack() as stack:
        shared = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        os.set_blocking(shared.fileno(), False)
        prepared = ready_for_crowds([shared])
        for copy in prepared:
            stack.enter_context(copy)
        assert not any(os.get_blocking(one.fileno()) for one in [shared, *prepared])
