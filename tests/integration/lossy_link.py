"""Посредник между сервисом и PostgreSQL, который теряет команды и ответы."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_CHUNK = 65536


class Loss(Enum):
    """Что потерять, прежде чем связь оборвётся."""

    QUESTION = "команда до сервера не дошла"
    ANSWER = "сервер исполнил команду, ответ не дошёл"


class LossyLink:
    """Передаёт байты в обе стороны, пока не велено иное.

    Attributes:
        url: адрес базы данных через этого посредника.
        is_down: новых соединений нет.
    """

    def __init__(self, database: str, folder: Path) -> None:
        self._server = conninfo_to_dict(database)
        self.url = make_conninfo(database, host=str(folder), port="5432")
        self.socket_path = folder / ".s.PGSQL.5432"
        self.is_down = False
        self._losses: list[Loss] = []

    def lose(self, *losses: Loss) -> None:
        """Велит потерять следующие команды или ответы, по одной потере на соединение."""
        self._losses.extend(losses)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Обслуживает одно соединение до его конца."""
        if self.is_down:
            writer.close()
            return
        server_reader, server_writer = await self._connect()
        pumps = [
            asyncio.ensure_future(self._ask(reader, server_writer)),
            asyncio.ensure_future(self._answer(server_reader, writer)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        writer.close()
        server_writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self._server["host"]), int(self._server.get("port") or 5432)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _ask(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(_CHUNK):
            if self._losses[:1] == [Loss.QUESTION]:
                self._losses.pop(0)
                return
            target.write(data)

    async def _answer(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(_CHUNK):
            if self._losses[:1] == [Loss.ANSWER]:
                self._losses.pop(0)
                return
            target.write(data)


@asynccontextmanager
async def lossy_link(database: str) -> AsyncIterator[LossyLink]:
    """Открывает посредника перед базой данных."""
    with tempfile.TemporaryDirectory(prefix="crm-api-link-") as folder:
        link = LossyLink(database, Path(folder))
        server = await asyncio.start_unix_server(link.serve, link.socket_path)
        try:
            yield link
        finally:
            server.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait_closed(), 5)
