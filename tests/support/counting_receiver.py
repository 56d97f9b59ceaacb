"""Подписчик, который запоминает принятое и не всегда принимает."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto

from attrs import define, field
from standardwebhooks.webhooks import Webhook

from tests.checker.deliveries import Delivery
from tests.support.raw_receiver import OK

_REFUSAL = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"


class Trouble(Enum):
    """Что бывает с подписчиком."""

    REFUSES = auto()  # отвечает 500
    IS_SILENT = auto()  # принимает вызов и не отвечает
    IS_DEAD = auto()  # не принимает соединений


@define(eq=False)
class CountingReceiver:
    """Подписчик.

    Attributes:
        secret: чем подписаны вызовы.
        is_flaky: каждый третий вызов отвергает, каждый тридцатый рвёт, не ответив.
        accepted: принятое, в порядке прихода.
        url: где он принимает вызовы.
    """

    secret: str
    is_flaky: bool = False
    accepted: list[Delivery] = field(factory=list, init=False)
    url: str = field(default="", init=False)
    _calls: int = field(default=0, init=False)
    _trouble: Trouble | None = field(default=None, init=False)
    _links: set[asyncio.StreamWriter] = field(factory=set, init=False)
    _server: asyncio.Server | None = field(default=None, init=False)

    async def open(self, port: int = 0) -> None:
        """Начинает принимать вызовы."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    async def close(self) -> None:
        """Перестаёт принимать, обрывает начатое и ждёт, пока закроются все соединения."""
        server, self._server = self._server, None
        if server is None:
            return
        # Соединение, которое уже принимается, закрытому серверу не достаётся, и его сокет остаётся
        # открытым (в asyncio 3.12 и 3.13): сперва перестаём принимать, потом закрываем.
        for listening in server.sockets:
            asyncio.get_running_loop().remove_reader(listening)
        await asyncio.sleep(0)
        server.close()
        for link in self._links:
            link.transport.abort()
        await server.wait_closed()

    async def suffer(self, trouble: Trouble | None) -> None:
        """Начинает беду; ``None`` — конец всякой беде."""
        self._trouble = trouble
        if trouble is Trouble.IS_DEAD:
            await self.close()
        elif self._server is None:
            await self.open(int(self.url.rstrip("/").rpartition(":")[2]))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Отвечает на вызовы одного соединения."""
        if self._server is None:  # принято последним, когда принимать уже перестали
            writer.transport.abort()
            return
        self._links.add(writer)
        try:
            while await self._answered(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._links.discard(writer)
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Читает вызов; говорит, останется ли соединение открытым."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = (line.partition(": ") for line in head.split("\r\n")[1:-2])
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self._calls += 1
        if self._trouble is Trouble.IS_SILENT:
            await reader.read()  # пока звонящему не надоест
            return False
        if self.is_flaky and self._calls % 30 == 0:
            return False
        if self._trouble is Trouble.REFUSES or (self.is_flaky and self._calls % 3 == 0):
            writer.write(_REFUSAL)
        else:
            self._accept(headers, body)
            writer.write(OK)
        return True

    def _accept(self, headers: dict[str, str], body: bytes) -> None:
        Webhook(self.secret).verify(body.decode(), headers)
        data = json.loads(body)["data"]
        self.accepted.append(Delivery(headers["webhook-id"], data["id"], data["email"]))


@asynccontextmanager
async def counting_receiver(secret: str, *, is_flaky: bool) -> AsyncIterator[CountingReceiver]:
    """Запускает подписчика на случайном порту."""
    receiver = CountingReceiver(secret, is_flaky)
    await receiver.open()
    try:
        yield receiver
    finally:
        await receiver.close()
