"""Подписчик для замеров: принимает всё, что ему шлют, и ничего с этим не делает.

Отдельным процессом, как и бывает; печатает свой порт.
"""

import asyncio

import uvloop

_ACCEPTED = b"HTTP/1.1 204 No Content\r\n\r\n"


async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Принимает вызовы одного соединения."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            writer.write(_ACCEPTED)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    """Принимает, пока не остановят."""
    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 — его ждёт запустивший
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
