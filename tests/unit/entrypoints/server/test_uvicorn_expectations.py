"""Чего ``uvicorn.Server`` ждёт от соединения, хотя нигде этого не обещает: спрошен он сам.

Новый uvicorn может ждать другого, поэтому его младший выпуск в ``pyproject.toml`` ограничен сверху.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.support.project import ROOT

_DATE = re.compile(rb"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


class Witness(asyncio.Protocol):
    """Соединение, которое помнит, как его создали и что ему велели.

    Attributes:
        created: все, кого сервер создал.
        named: именованные аргументы, с которыми сервер его создал.
        is_told_to_stop: велено ли закрываться.
    """

    created: list["Witness"]

    def __init__(self, **named: Any) -> None:  # noqa: ANN401 — это и проверяется
        self.named = named
        self.is_told_to_stop = False
        self.created.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.named["server_state"].connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.named["server_state"].connections.discard(self)

    def shutdown(self) -> None:
        self.is_told_to_stop = True


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Приложение, у которого есть только начало и конец работы."""
    assert scope["type"] == "lifespan"
    scope["state"]["mark"] = "left by the application"
    for event in ("startup", "shutdown"):
        assert (await receive())["type"] == f"lifespan.{event}"
        await send({"type": f"lifespan.{event}.complete"})


@pytest.fixture
def server() -> Iterator[uvicorn.Server]:
    Witness.created = []
    config = uvicorn.Config(
        app,
        port=0,
        http=Witness,
        ws="none",
        lifespan="on",
        log_config=None,
        server_header=False,
        headers=[("X-Common", "to all")],
        timeout_graceful_shutdown=5,
    )
    yield uvicorn.Server(config)
    Witness.created = []


async def connected(server: uvicorn.Server) -> tuple[Witness, asyncio.StreamWriter]:
    """Запускает сервер и соединяется с ним."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(10):
        while not server.server_state.connections:  # noqa: ASYNC110 — uvicorn не скажет
            await asyncio.sleep(0.01)
    return Witness.created[0], writer


@pytest.mark.anyio
async def test_connection_is_made_with_what_ours_takes(server: uvicorn.Server) -> None:
    connection, client = await connected(server)
    client.close()
    assert connection.named.pop("app_state") == {"mark": "left by the application"}
    assert connection.named == {
        "config": server.config,
        "server_state": server.server_state,
        "_loop": None,
    }
    await server.shutdown()


@pytest.mark.anyio
async def test_common_headers_begin_with_the_date(server: uvicorn.Server) -> None:
    server.config.load()
    await server.on_tick(0)
    (date, when), common = server.server_state.default_headers
    assert (date, common) == (b"date", (b"x-common", b"to all"))
    assert _DATE.fullmatch(when)


@pytest.mark.anyio
async def test_connections_are_told_to_stop_and_waited_for(server: uvicorn.Server) -> None:
    connection, client = await connected(server)
    stopping = asyncio.create_task(server.shutdown())
    async with asyncio.timeout(10):
        while not connection.is_told_to_stop:  # noqa: ASYNC110 — uvicorn не скажет
            await asyncio.sleep(0.01)
    await asyncio.wait([stopping], timeout=0.3)
    assert not stopping.done()
    client.close()
    async with asyncio.timeout(4):  # меньше отсрочки
        await stopping


@pytest.mark.anyio
async def test_tasks_are_waited_for_and_then_cancelled(server: uvicorn.Server) -> None:
    server.config.timeout_graceful_shutdown = 1
    _, client = await connected(server)
    client.close()
    task = asyncio.create_task(asyncio.Event().wait())
    server.server_state.tasks.add(cast("Any", task))
    task.add_done_callback(cast("Any", server.server_state.tasks.discard))
    stopping = asyncio.create_task(server.shutdown())
    await asyncio.wait([stopping], timeout=0.3)
    assert not task.done()
    async with asyncio.timeout(10):
        await stopping
        await asyncio.wait([task])
    assert task.cancelled()


@pytest.mark.parametrize("name", ["uvicorn", "starlette"])
def test_minor_version_is_capped_by_the_one_that_was_tried(name: str) -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    locked = (ROOT / "requirements/service.txt").read_text(encoding="utf-8")
    version = re.search(rf"^{name}==(\d+)\.(\d+)", locked, re.MULTILINE)
    assert version is not None
    assert re.search(rf'"{name}>=[\d.]+,<{version[1]}\.{int(version[2]) + 1}"', project)
