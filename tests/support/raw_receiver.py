"""Подписчик, который отвечает байт в байт то, что велит тест."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from attrs import define, field

OK = b"HTTP/1.1 204 No Content\r\n\r\n"

type Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@define(eq=False)
class RawReceiver:
    """Подписчик.

    Attributes:
        answer: что ответить: байты или то, что сделать с соединением.
        closes: закрывать ли соединение после ответа, ничего о том не сказав.
        requests: начала пришедших вызовов и их тела.
        connections: сколько соединений с ним открывали.
    """

    answer: bytes | Script = OK
    closes: bool = False
    requests: list[tuple[bytes, bytes]] = field(factory=list, init=False)
    connections: int = field(default=0, init=False)
    url: str = field(default="", init=False)

    def headers(self, number: int = -1) -> dict[str, str]:
        """Заголовки вызова строчными."""
        lines = self.requests[number][0].decode().split("\r\n")[1:-2]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Отвечает на вызовы одного соединения."""
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                self.requests.append((head, await reader.readexactly(int(length or 0))))
                if isinstance(self.answer, bytes):
                    writer.write(self.answer)
                else:
                    await self.answer(writer)
                if self.closes:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def raw_receiver(answer: bytes | Script = OK) -> AsyncIterator[RawReceiver]:
    """Запускает подписчика на случайном порту."""
    receiver = RawReceiver(answer)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        server.close()
