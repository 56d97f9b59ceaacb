"""Весть рассылкам других процессов: появились события.

Не команда регистрации говорит её: NOTIFY в той кончил бы групповую фиксацию. И не соединение
регистраций: замок у NOTIFY один на весь сервер, и чужой держал бы их. Соединение здесь своё; оно
открывается, когда есть кому говорить, и закрывается, когда не о чем.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import psycopg

from adapters.postgres.connection import connection_arguments, log_statement
from adapters.postgres.delivery.statements import NOTIFY
from adapters.postgres.delivery.unforeseen_errors import UnforeseenErrors
from adapters.postgres.registration.libpq import ServerConnection
from adapters.postgres.text_format import array_literal

_log = logging.getLogger("crm_api.events")

_GATHERING = 0.05  # секунд между вестями: под нагрузкой одна о многих событиях
_NOBODY = 60.0  # секунд молчания, когда говорить некому
_AWAY = 10.0  # секунд молчания, когда соединения не дали: рассылки смотрят и сами
_IDLE = 10.0  # секунд, которые соединение ждёт следующей вести
_LAST_WORD = 1.0  # секунд на последнюю весть процесса, который кончается


class RelayNotifier:
    """Говорит рассылкам других процессов о событиях, которые записал этот."""

    def __init__(self, database_url: str, *, log_sql: bool) -> None:
        """Готовит вестника, ни с кем не соединяясь.

        Args:
            database_url: адрес libpq.
            log_sql: писать ли в журнал команды SQL.

        Raises:
            ValueError: адрес неверен.
        """
        self._arguments = connection_arguments(database_url)
        self._log_sql = log_sql
        self._served: Sequence[str] = ()
        self._news = asyncio.Event()
        self._is_silent = False
        self._opened: ServerConnection | None = None
        self._errors = UnforeseenErrors("telling relays elsewhere has failed", _AWAY)

    def spare(self, names: Sequence[str]) -> None:
        """Запоминает подписчиков, которым рассылает этот же процесс: он знает о событиях и так."""
        self._served = names

    def tell(self) -> None:
        """Узнаёт, что события могли появиться; весть уйдёт, когда дойдёт очередь."""
        self._news.set()

    async def run(self) -> None:
        """Говорит вести, пока не отменят."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_IDLE):
                    await self._news.wait()
            if not self._news.is_set():
                await self._disconnect()
                await self._news.wait()
            pause = await self._notify()
            self._is_silent = pause > _GATHERING
            await asyncio.sleep(pause)
            self._is_silent = False

    async def aclose(self) -> None:
        """Говорит последнюю весть, если есть о чём, и закрывает соединение."""
        try:
            if self._news.is_set() and not self._is_silent:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LAST_WORD):
                        await self._notify()
        finally:
            await self._disconnect()

    async def _notify(self) -> float:
        """Говорит весть; возвращает, сколько секунд теперь молчать."""
        self._news.clear()
        try:
            if self._opened is None or not self._opened.is_usable:
                await self._disconnect()
                connected = await psycopg.AsyncConnection.connect(
                    **self._arguments, autocommit=True
                )
                self._opened = ServerConnection(connected)
            if self._log_sql:
                log_statement(NOTIFY.name, NOTIFY.sql, logging.DEBUG)
            names = array_literal([*self._served])
            told = await self._opened.ask(NOTIFY.sql.encode(), (names,))
        except psycopg.Error as error:
            _log.debug("relays elsewhere are not told of events, sqlstate %s", error.sqlstate)
            await self._disconnect()
            return _AWAY
        except asyncio.CancelledError:
            self._news.set()
            await self._disconnect()  # ответа этой команды уже не прочтёт никто
            raise
        except Exception as error:  # noqa: BLE001 — что бы ни случилось, вестник не кончается
            self._errors.tell(error)
            await self._disconnect()
            return _AWAY
        self._errors.forget()
        if told.ntuples:
            return _GATHERING
        await self._disconnect()
        return _NOBODY

    async def _disconnect(self) -> None:
        if self._opened is not None:
            connection, self._opened = self._opened, None
            await connection.close()


@asynccontextmanager
async def relay_notifier(database_url: str, *, log_sql: bool) -> AsyncIterator[RelayNotifier]:
    """Даёт вестника, пока открыт; в конце он говорит последнюю весть.

    Args:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.

    Raises:
        ValueError: адрес неверен.
    """
    notifier = RelayNotifier(database_url, log_sql=log_sql)
    running = asyncio.create_task(notifier.run())
    try:
        yield notifier
    finally:
        running.cancel()
        await asyncio.wait([running])
        await notifier.aclose()
