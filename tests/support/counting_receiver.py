"""Подписчик, который запоминает принятое и не всегда принимает."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import define, field
from standardwebhooks.webhooks import Webhook

from tests.checker.deliveries import Delivery
from tests.support.raw_receiver import OK

_REFUSAL = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"


@define(eq=False)
class CountingReceiver:
    """Подписчик.

    Attributes:
        secret: чем подписаны вызовы.
        is_flaky: каждый третий вызов отвергает, каждый тридцатый рвёт, не ответив.
        accepted: принятое, в порядке прихода.
    """

    secret: str
    is_flaky: bool = False
    accepted: list[Delivery] = field(factory=list, init=False)
    url: str = field(default="", init=False)
    _calls: int = field(default=0, init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Отвечает на вызовы одного соединения."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = (line.partition(": ") for line in head.split("\r\n")[1:-2])
                headers = {name.lower(): value for name, _, value in lines}
                body = await reader.readexactly(int(headers["content-length"]))
                self._calls += 1
                if self.is_flaky and self._calls % 30 == 0:
                    return
                if self.is_flaky and self._calls % 3 == 0:
                    writer.write(_REFUSAL)
                    continue
                self._accept(headers, body)
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _accept(self, headers: dict[str, str], body: bytes) -> None:
        Webhook(self.secret).verify(body.decode(), headers)
        data = json.loads(body)["data"]
        self.accepted.append(Delivery(headers["webhook-id"], data["id"], data["email"]))


@asynccontextmanager
async def counting_receiver(secret: str, *, is_flaky: bool) -> AsyncIterator[CountingReceiver]:
    """Запускает подписчика на случайном порту."""
    receiver = CountingReceiver(secret, is_flaky)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield receiver
    finally:
        server.close()
