"""Посредник между сервисом и PostgreSQL: теряет команды и ответы, молчит, медлит."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from enum import Enum
from pathlib import Path
from threading import Thread

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
        delay: задержка каждой передачи, секунды.
        ignored: команда, после которой соединение молчит, не обрываясь; пусто — такой нет.
    """

    def __init__(self, database: str, folder: Path) -> None:
        self._server = conninfo_to_dict(database)
        self.url = make_conninfo(database, host=str(folder), port="5432")
        self.socket_path = folder / ".s.PGSQL.5432"
        self.is_down = False
        self.delay = 0.0
        self.ignored = b""
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._loop = asyncio.get_running_loop()
        self._losses: list[Loss] = []

    def lose(self, *losses: Loss) -> None:
        """Велит потерять следующие команды или ответы, по одной потере на соединение."""
        self._losses.extend(losses)

    def fall_silent(self) -> None:
        """Перестаёт передавать что-либо, не обрывая связи; зовётся из любого потока."""
        self._loop.call_soon_threadsafe(self._speaks.clear)

    def speak(self) -> None:
        """Передаёт снова, и то, что пришло за время молчания, тоже; зовётся из любого потока."""
        self._loop.call_soon_threadsafe(self._speaks.set)

    def stop(self, stopping: asyncio.Event) -> None:
        """Говорит циклу событий посредника, что пора закончить; зовётся из любого потока."""
        self._loop.call_soon_threadsafe(stopping.set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Обслуживает одно соединение до его конца."""
        if self.is_down:
            writer.close()
            return
        try:
            server_reader, server_writer = await self._connect()
        except OSError:
            writer.close()
            return
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
            if self.ignored and self.ignored in data:
                continue
            await self._carry(data, target)

    async def _answer(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(_CHUNK):
            if self._losses[:1] == [Loss.ANSWER]:
                self._losses.pop(0)
                return
            await self._carry(data, target)

    async def _carry(self, data: bytes, target: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.delay)
        await self._speaks.wait()
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


@contextmanager
def threaded_link(database: str) -> Iterator[LossyLink]:
    """Открывает посредника в отдельном потоке."""
    started: Future[tuple[LossyLink, asyncio.Event]] = Future()

    async def work() -> None:
        async with lossy_link(database) as link:
            stopping = asyncio.Event()
            started.set_result((link, stopping))
            await stopping.wait()

    thread = Thread(target=asyncio.run, args=[work()], name="link")
    thread.start()
    link, stopping = started.result()
    try:
        yield link
    finally:
        link.speak()
        link.stop(stopping)
        thread.join()
