"""Готовность: может ли база данных прямо сейчас записать покупателя."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import psycopg

from adapters.postgres.refusal_text import said_with_advice
from adapters.postgres.registration.lane import WritingLane
from adapters.postgres.registration.writing_connection import UnknownOutcomeError
from application.customer_repository import RepositoryUnavailableError

_log = logging.getLogger("crm_api.database")

_PATIENCE = 1.0  # секунд ждёт спросивший
_FRESH = 1.0  # секунд годится прошлый ответ: частые вопросы не создают нагрузки


class PostgresReadiness:
    """Спрашивает полосу, которая пишет; сколько бы ни спрашивали, проверка идёт одна.

    Этим проверяется всё сразу: сервер отвечает и пишет, таблицы, их столбцы, индексы и права на
    месте. Своего соединения не нужно: очередь доходит и до проверки.
    """

    def __init__(
        self, lane: WritingLane, probe: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Создаёт готовность.

        Args:
            lane: полоса.
            probe: пробует то, что пишется вслед за покупателем; ошибки те же, что у полосы.
        """
        self._lane = lane
        self._probe = probe
        self._check: asyncio.Task[str | None] | None = None
        self._stale_at = 0.0
        self._reason: str | None = None

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
        """Бросает идущую проверку."""
        if self._check is not None:
            self._check.cancel()
            await asyncio.wait({self._check})

    async def _run(self) -> str | None:
        """Проверяет и возвращает причину, по которой записать нельзя."""
        try:
            reason = await self._lane.obstacle()
            if reason is None and self._probe is not None:
                await self._probe()
        except (psycopg.Error, UnknownOutcomeError) as error:
            reason = _told(error)
        # Пробы идут каждые секунды: говорится, когда что-то изменилось.
        if reason is None and self._reason is not None:
            _log.info("ready again")
        elif reason is not None:
            level = logging.DEBUG if reason == self._reason else logging.WARNING
            _log.log(level, "not ready: %s", reason)
        self._reason = reason
        self._stale_at = time.monotonic() + _FRESH
        return reason


def _told(error: psycopg.Error | UnknownOutcomeError) -> str:
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return said_with_advice(error)
    # Текста libpq здесь нет: в нём бывают имена узлов.
    return f"{type(error).__name__}, sqlstate {error.sqlstate}"
