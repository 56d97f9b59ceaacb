"""Соединение, которое записывает пачки покупателей."""

import asyncio
import os
import select
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self

import psycopg
from psycopg.errors import Diagnostic

from adapters.postgres.connection import sql_log
from adapters.postgres.statements import INSERT_BATCH, batch_parameters
from domain.customer import NewCustomer

_DEADLINE = 4.0  # секунд на команду; молчащее дольше соединение рвётся
# Чужая транзакция, держащая один адрес, не должна задерживать всю пачку.
_LOCK_TIMEOUT = "SET lock_timeout = '500ms'"
_INSERT_BATCH_LINE = " ".join(INSERT_BATCH.split())


class UnknownOutcomeError(Exception):
    """Сервер ответил, но надёжна ли запись, неизвестно."""


class WritingConnection:
    """Соединение с автофиксацией: команда — это и транзакция, и один обмен с сервером."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, log_sql: bool) -> None:
        self._connection = connection
        self._log_sql = log_sql
        self._was_warned = False
        connection.add_notice_handler(self._on_notice)

    @classmethod
    async def open(cls, arguments: Mapping[str, Any], *, log_sql: bool) -> Self:
        """Соединяется с сервером.

        Raises:
            psycopg.OperationalError: сервер недоступен.
        """
        raw = await psycopg.AsyncConnection.connect(**arguments, autocommit=True)
        opened = cls(raw, log_sql=log_sql)
        opened._log(_LOCK_TIMEOUT)
        await raw.execute(_LOCK_TIMEOUT)
        return opened

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли писать через это соединение дальше.

        В покое серверу сказать нечего: непрочитанное значит, что он прощается или уже ушёл.
        Узнать об этом до отправки — значит не гадать потом об исходе.
        """
        if self._connection.closed:
            return False
        readable, _, _ = select.select([self._connection.fileno()], [], [], 0)
        return not readable

    async def insert(self, batch: Sequence[NewCustomer]) -> dict[str, int]:
        """Записывает пачку с разными адресами и возвращает номера записанных по адресам.

        Возвращается после того, как PostgreSQL сказал, что запись надёжна.

        Raises:
            psycopg.Error: команда отвергнута или связь потеряна.
            UnknownOutcomeError: сервер предупредил о записи, например, что не дождался реплики.
        """
        self._log(_INSERT_BATCH_LINE)
        self._was_warned = False
        # Отмена запроса через psycopg сама ждёт ответа сервера; разрыв связи не ждёт никого.
        timer = asyncio.get_running_loop().call_later(_DEADLINE, self._sever)
        try:
            cursor = await self._connection.execute(
                INSERT_BATCH, batch_parameters(batch), prepare=True
            )
            ids = dict(await cursor.fetchall())
        finally:
            timer.cancel()
        if self._was_warned:
            raise UnknownOutcomeError
        return ids

    async def close(self) -> None:
        """Закрывает соединение."""
        await self._connection.close()

    def _on_notice(self, notice: Diagnostic) -> None:
        # Отменённое ожидание реплики кончается успехом, и только WARNING говорит, что запись
        # может не пережить сбоя (PostgreSQL, syncrep.c).
        self._was_warned = self._was_warned or notice.severity_nonlocalized == "WARNING"

    def _sever(self) -> None:
        if not self._connection.closed:
            with socket.socket(fileno=os.dup(self._connection.fileno())) as link:
                link.shutdown(socket.SHUT_RDWR)

    def _log(self, statement: str) -> None:
        if self._log_sql:
            sql_log.info("%s", statement)
