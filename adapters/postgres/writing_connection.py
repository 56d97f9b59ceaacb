"""Соединение, которое записывает пачки покупателей."""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self

import psycopg
from psycopg.errors import Diagnostic

from adapters.postgres.connection import sql_log
from adapters.postgres.exchange import Exchange
from adapters.postgres.statements import INSERT_BATCH, batch_parameters, stored_ids
from domain.customer import NewCustomer

_DEADLINE = 4.0  # секунд на команду; молчащее дольше соединение рвётся
_SETTINGS = (
    # Чужая транзакция, держащая один адрес, не должна задерживать всю пачку.
    "SET lock_timeout = '500ms'",
    # План не зависит от того, что в пачке: незачем составлять его каждый раз.
    "SET plan_cache_mode = force_generic_plan",
)
_INSERT = b"insert_batch"
_INSERT_LINE = " ".join(INSERT_BATCH.split())


class UnknownOutcomeError(Exception):
    """Сервер ответил, но надёжна ли запись, неизвестно."""


class WritingConnection:
    """Соединение с автофиксацией: команда — это и транзакция, и один обмен с сервером."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, log_sql: bool) -> None:
        self._connection = connection
        self._exchange = Exchange(connection)
        self._log_sql = log_sql
        self._was_warned = False
        connection.add_notice_handler(self._on_notice)

    @classmethod
    async def open(cls, arguments: Mapping[str, Any], *, log_sql: bool) -> Self:
        """Соединяется с сервером и готовит на нём команду записи.

        Raises:
            psycopg.Error: сервер недоступен или команды не понимает.
        """
        raw = await psycopg.AsyncConnection.connect(**arguments, autocommit=True)
        try:
            for setting in _SETTINGS:
                if log_sql:
                    sql_log.info("%s", setting)
                await raw.execute(setting)
            opened = cls(raw, log_sql=log_sql)
            await opened._exchange.prepare(_INSERT, INSERT_BATCH.encode())
        except BaseException:
            await raw.close()
            raise
        return opened

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли писать через это соединение дальше."""
        return self._exchange.is_usable

    async def insert(self, batch: Sequence[NewCustomer]) -> dict[str, int]:
        """Записывает пачку с разными адресами и возвращает номера записанных по адресам.

        Возвращается после того, как PostgreSQL сказал, что запись надёжна.

        Raises:
            psycopg.Error: команда отвергнута или связь потеряна.
            UnknownOutcomeError: сервер предупредил о записи, например, что не дождался реплики.
        """
        if self._log_sql:
            sql_log.info("%s", _INSERT_LINE)
        self._was_warned = False
        # Отмена запроса через psycopg сама ждёт ответа сервера; разрыв связи не ждёт никого.
        timer = asyncio.get_running_loop().call_later(_DEADLINE, self._sever)
        try:
            result = await self._exchange.execute(_INSERT, batch_parameters(batch))
        finally:
            timer.cancel()
        if self._was_warned:
            raise UnknownOutcomeError
        return stored_ids(result)

    async def close(self) -> None:
        """Закрывает соединение."""
        self._exchange.close()
        await self._connection.close()

    def _on_notice(self, notice: Diagnostic) -> None:
        # Отменённое ожидание реплики кончается успехом, и только WARNING говорит, что запись
        # может не пережить сбоя (PostgreSQL, syncrep.c).
        self._was_warned = self._was_warned or notice.severity_nonlocalized == "WARNING"

    def _sever(self) -> None:
        if not self._connection.closed:
            with socket.socket(fileno=os.dup(self._connection.fileno())) as link:
                link.shutdown(socket.SHUT_RDWR)
