"""События, которые ждут подписчиков в PostgreSQL."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import psycopg
from attrs import define, field
from psycopg.pq.abc import PGresult

from adapters.delivery_observer import DeliveryObserver, SilentDeliveryObserver
from adapters.postgres.connection import connection_arguments, database_error
from adapters.postgres.delivery.listening import ListeningConnection
from adapters.postgres.delivery.statements import PAUSE, SETTLE, TAKE
from adapters.postgres.delivery.taken_rows import UntoldEventError, taken_event
from adapters.postgres.delivery.watch import EventsRefusedError, EventsWatch
from adapters.postgres.refusal_text import named
from adapters.postgres.registration.writing_connection import UnknownOutcomeError
from adapters.postgres.statement import Statement
from adapters.postgres.text_format import array_literal, cell
from application.waiting_events import (
    EventsUnavailableError,
    Settlement,
    WaitingEvent,
    WaitingEvents,
)

_log = logging.getLogger("crm_api.events")

_BEGINNING = float("-inf")
_FULL_LOOK = 1.0  # секунд между взглядами от самого начала
_UNTOLD = 3600.0  # секунд, на которые откладывают то, о чём рассказать нечего
_SILENT = SilentDeliveryObserver()
# Начало SQLSTATE (PostgreSQL, Appendix A, Class 42): нет права, таблицы, столбца или функции.
_NEVER = "42"


@define(eq=False)
class _Mark:
    """С какого времени искать: раньше него лежит одно взятое.

    Пока чужая транзакция не даёт убрать мёртвые строки, поиск от начала читал бы их все. Кто
    записан задним числом (его транзакция кончилась позже соседних), того находит взгляд от начала.

    Attributes:
        due: секунд от начала эпохи.
        full_look_at: когда смотрели от начала.
    """

    due: float = _BEGINNING
    full_look_at: float = field(default=_BEGINNING)

    def begin(self) -> float:
        """Возвращает, с какого времени искать сейчас."""
        if (now := time.monotonic()) - self.full_look_at >= _FULL_LOOK:
            self.full_look_at = now
            return _BEGINNING
        return self.due


class PostgresWaitingEvents(WaitingEvents):
    """Берёт и отмечает события через одно соединение; оно открывается по необходимости."""

    def __init__(
        self,
        database_url: str,
        *,
        log_sql: bool,
        keep_days: int,
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        """Готовит место, ни с кем не соединяясь.

        Args:
            database_url: адрес libpq.
            log_sql: писать ли в журнал команды SQL.
            keep_days: сколько дней помнить доставленные; 0 — не помнить.
            on_news: узнаёт, что кто-то записал события; за пулом узнать об этом нельзя.

        Raises:
            ValueError: адрес неверен.
        """
        self._arguments = connection_arguments(database_url)
        self._log_sql = log_sql
        self._keep_days = keep_days
        self._on_news = on_news
        self._turn = asyncio.Lock()
        self._opened: ListeningConnection | None = None
        self._is_deaf = False
        self._marks: dict[str, _Mark] = {}

    async def take(self, subscriber: str, limit: int, lease: float) -> Sequence[WaitingEvent]:
        """Берёт события, которым пора."""
        mark = self._marks.setdefault(subscriber, _Mark())
        while True:
            given = (subscriber, str(mark.begin()), str(limit), str(lease))
            result = await self.ask(TAKE, *(value.encode() for value in given))
            if not result.ntuples:
                return []
            # Чуть раньше: float помнит время не точнее микросекунды.
            mark.due = float(cell(result, 0, 9)) - 0.001
            # Ждало только то, о чём рассказать некому или нечего: за ним ждут и другие.
            if taken := await self._readable(subscriber, result):
                return taken

    async def _readable(self, subscriber: str, result: PGresult) -> list[WaitingEvent]:
        """Читает взятое; о чём рассказать нечего, то откладывает и говорит почему."""
        if not cell(result, 0, 1):
            raise EventsUnavailableError(
                "the events have no ids: event_database is empty; INSERT the id that was in it, or"
                " gen_random_uuid()"
            )
        taken, untold = [], []
        reasons = Counter[str]()
        for row in range(result.ntuples):
            if not (number := cell(result, row, 0)):
                continue  # покупатель удалён
            try:
                taken.append(taken_event(result, row))
            except UntoldEventError as error:
                untold.append((int(number), int(cell(result, row, 5)), None, _UNTOLD))
                reasons[str(error)] += 1
        for reason, count in reasons.items():
            _log.warning("%s: %d events wait for an hour: %s", subscriber, count, reason)
        await self._settle(untold)
        return taken

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Запоминает решённое."""
        await self._settle(
            [(one.event.id, one.event.attempts, one.failure, one.retry_in) for one in settlements]
        )

    async def _settle(self, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        columns = (array_literal([*column]) for column in zip(*rows, strict=True))
        await self.ask(SETTLE, *columns, b"t" if self._keep_days else b"f")

    async def pause(self, subscriber: str, reason: str) -> None:
        """Приостанавливает подписчика."""
        await self.ask(PAUSE, subscriber.encode(), reason.encode())

    async def aclose(self) -> None:
        """Закрывает соединение."""
        if self._opened is not None:
            connection, self._opened = self._opened, None
            await connection.close()

    async def ask(self, statement: Statement, *parameters: bytes) -> PGresult:
        """Исполняет команду, когда дойдёт очередь; предупреждение о ней — отказ.

        Раз команда зафиксирована надёжно, надёжно и всё, что она прочла: репликам журнал идёт
        подряд. А если фиксация не дождалась реплик, посылать прочитанное нельзя.

        Raises:
            EventsUnavailableError: команда не исполнена, или надёжна ли она, неизвестно.
            EventsRefusedError: не исполнят её и потом.
        """
        async with self._turn:
            try:
                if self._opened is None or not self._opened.is_usable:
                    await self.aclose()
                    self._opened = await self._connected()
                return await self._opened.execute(statement, parameters, is_probe=True)
            except (psycopg.Error, UnknownOutcomeError) as error:
                if (error.sqlstate or "").startswith(_NEVER):
                    # Соединение ни при чём: за новым соединением стоял бы тот же отказ.
                    raise EventsRefusedError(_told(error)) from None
                await self.aclose()
                raise EventsUnavailableError(_told(error)) from None
            except asyncio.CancelledError:
                await self.aclose()  # ответа этой команды уже не прочтёт никто
                raise

    async def _connected(self) -> ListeningConnection:
        opened = await ListeningConnection.open(self._arguments, log_sql=self._log_sql)
        try:
            hears = await opened.listen(self._on_news)
        except BaseException:
            await opened.close()
            raise
        if not hears and not self._is_deaf:
            self._is_deaf = True
            _log.warning(
                "behind a pooler a relay does not hear of new events: it looks for them,"
                " which takes up to a second; the URL of PostgreSQL itself is quicker"
            )
        return opened


def _told(error: psycopg.Error | UnknownOutcomeError) -> str:
    if isinstance(error, UnknownOutcomeError):
        return f"the events are not sent: PostgreSQL does not say that they are safe ({error})"
    if isinstance(error, psycopg.errors.CardinalityViolation):
        return (
            "the events have no ids: event_database holds several rows; delete all but that of the"
            " server from which the events came"
        )
    if error.sqlstate is None:
        return f"{database_error(error)}; a relay needs a connection of its own"
    return f"the events cannot be read from the database ({named(error)})"


@asynccontextmanager
async def postgres_events(
    database_url: str,
    *,
    log_sql: bool,
    keep_days: int,
    observer: DeliveryObserver = _SILENT,
    on_news: Callable[[], None] = lambda: None,
) -> AsyncIterator[PostgresWaitingEvents]:
    """Открывает события базы данных и смотрит за ними; в конце закрывает соединение.

    Args:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.
        keep_days: сколько дней помнить доставленные; 0 — не помнить.
        observer: кому рассказывать, сколько событий ждёт.
        on_news: узнаёт, что кто-то записал события; за пулом узнать об этом нельзя.

    Raises:
        ValueError: адрес неверен.
    """
    events = PostgresWaitingEvents(
        database_url, log_sql=log_sql, keep_days=keep_days, on_news=on_news
    )
    watch = EventsWatch(events.ask, observer, keep_days)
    looking = asyncio.create_task(watch.run())
    try:
        yield events
    finally:
        looking.cancel()
        await asyncio.wait([looking])
        await events.aclose()
