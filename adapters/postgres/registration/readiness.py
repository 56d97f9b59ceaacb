"""Готовность: может ли база данных прямо сейчас записать покупателя."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

import psycopg

from adapters.postgres.connection import connection_arguments
from adapters.postgres.registration.session import UnknownOutcomeError, WritingConnection
from application.customer_repository import RepositoryUnavailableError

_log = logging.getLogger("crm_api.database")

_PATIENCE = 1.0  # секунд ждёт спросивший
_FRESH = 1.0  # секунд годится прошлый ответ: частые вопросы не создают нагрузки


class PostgresReadiness:
    """Записывает пачку с ключами без строк: та же команда, те же права, ничего не меняется.

    Этим проверяется всё сразу: сервер отвечает и пишет, таблицы, их столбцы, индексы и права на
    месте. Соединение своё: занятое записью не мешает, его нехватка видна. Сколько бы ни
    спрашивали, проверка идёт одна.
    """

    def __init__(self, database_url: str, *, log_sql: bool) -> None:
        self._arguments: Mapping[str, Any] = connection_arguments(database_url)
        self._log_sql = log_sql
        self._connection: WritingConnection | None = None
        self._check: asyncio.Task[str | None] | None = None
        self._stale_at = 0.0

    async def ensure(self) -> None:
        """Возвращается, если записать можно.

        Raises:
            RepositoryUnavailableError: нельзя, или база данных молчит дольше секунды.
        """
        if self._check is None or (self._check.done() and time.monotonic() >= self._stale_at):
            self._check = asyncio.get_running_loop().create_task(self._run())
        # Не wait_for: тот отменил бы проверку, а ждут её и другие.
        await asyncio.wait({self._check}, timeout=_PATIENCE)
        reason = self._check.result() if self._check.done() else "it does not answer"
        if reason is not None:
            raise RepositoryUnavailableError(f"the database is not ready: {reason}")

    async def aclose(self) -> None:
        """Бросает идущую проверку и закрывает соединение."""
        if self._check is not None:
            self._check.cancel()
            await asyncio.wait({self._check})
        await self._disconnect()

    async def _run(self) -> str | None:
        """Проверяет и возвращает причину, по которой записать нельзя."""
        reason = None
        try:
            if self._connection is None or not self._connection.is_usable:
                await self._disconnect()
                opened = await WritingConnection.open(self._arguments, log_sql=self._log_sql)
                self._connection = opened
            await self._connection.settle([], [])
        except (psycopg.Error, UnknownOutcomeError) as error:
            # Текста ошибки здесь нет: в нём бывают имена узлов и данные.
            reason = f"{type(error).__name__}, sqlstate {getattr(error, 'sqlstate', None)}"
            _log.warning("not ready: %s", reason)
            # Следующая проверка соединится заново и, если узлов несколько, найдёт пишущий.
            await self._disconnect()
        self._stale_at = time.monotonic() + _FRESH
        return reason

    async def _disconnect(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()
