"""Полоса записи: одно соединение и очередь к нему; исход каждой просьбы, что бы ни случилось."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context

import psycopg
from psycopg.pq.abc import PGresult

from adapters.postgres.connection import connection_arguments
from adapters.postgres.id_sequence import CUSTOMER_IDS, IdSequence
from adapters.postgres.registration.batch import Batch
from adapters.postgres.registration.database_refusals import (
    hidden_row,
    is_about_one_row,
    is_race_for_key,
    translated,
)
from adapters.postgres.registration.ids_behind import bring_forward, event_ids_behind
from adapters.postgres.registration.libpq import Parameters
from adapters.postgres.registration.registration_request import InsertResult, RegistrationRequest
from adapters.postgres.registration.session import CustomersTable
from adapters.postgres.registration.writing_connection import UnknownOutcomeError, WritingConnection
from adapters.postgres.statement import Statement
from adapters.write_observer import WriteObserver
from application.customer_repository import Outcome

_log = logging.getLogger("crm_api.database")

_PATIENCE = 4.0  # секунд на пачку вместе с выяснением её исхода: вызовы ждут не дольше
_PAUSE = 0.1  # секунд между попытками выяснить исход
_FEW = 0.2  # доля номеров, с которой об их конце предупреждают

type Item = tuple[RegistrationRequest, Context]
"""Просьба и контекст того, чья она: номер запроса, трасса."""


class WritingLane:
    """Пишет пачки через одно соединение; команды идут по одной.

    Соединение открывается по необходимости, а сомнительное закрывается.
    """

    def __init__(  # noqa: PLR0913 — всё, что записи нужно снаружи
        self,
        database_url: str,
        *,
        log_sql: bool,
        observer: WriteObserver,
        on_batch: Callable[[Sequence[Context]], None],
        on_written: Callable[[], None] | None = None,
        is_discreet: bool = False,
    ) -> None:
        """Создаёт полосу, ни с кем не соединяясь.

        Args:
            database_url: адрес libpq.
            log_sql: писать ли в журнал команды SQL.
            observer: кому рассказывать о записи.
            on_batch: узнаёт, ради кого пишется пачка, в той задаче, которая её пишет.
            on_written: узнаёт, что пачка кончилась, если с нею могли появиться и события.
            is_discreet: занятый адрес пишется и ждёт диска так же, как свободный.

        Raises:
            ValueError: адрес неверен.
        """
        self._arguments = connection_arguments(database_url)
        self._log_sql = log_sql
        self._observer = observer
        self._on_batch = on_batch
        self._on_written = on_written
        self._is_discreet = is_discreet
        self._turn = asyncio.Lock()
        self._opened: WritingConnection | None = None
        self._absence: tuple[float, psycopg.Error] | None = None  # когда и почему не соединились
        self._has_warned = False
        self._is_closed = False

    @property
    def is_open(self) -> bool:
        """Говорит, есть ли соединение."""
        return self._opened is not None

    @property
    def is_busy(self) -> bool:
        """Говорит, исполняется ли команда."""
        return self._turn.locked()

    async def write(self, items: Sequence[Item]) -> Sequence[Outcome]:
        """Записывает пачку и возвращает исходы в её порядке.

        Отказ из-за одной строки не достаётся соседям: тогда строки пишутся по одной. О чьём
        исходе сервер не сказал, те посылаются ещё раз, пока исход не станет известен.
        """
        callers = [caller for _, caller in items]
        self._on_batch(callers)
        requests = [request for request, _ in items]
        batch = Batch(requests, time.monotonic() + _PATIENCE, locks_owners=self._is_discreet)
        with self._observer.batch(callers):
            while parts := batch.parts():
                is_clear = True
                for part in parts:
                    is_clear &= await self._send(batch, part)
                if not is_clear:
                    await asyncio.sleep(_PAUSE)
        self.tell_written()
        return batch.results()

    def tell_written(self) -> None:
        """Говорит, что пачка кончилась, если с нею могли появиться и события."""
        if self._on_written and self._opened and self._opened.table.has_subscribers:
            self._on_written()

    async def execute(
        self, statement: Statement, parameters: Parameters, *, is_probe: bool = False
    ) -> PGresult:
        """Исполняет одну команду не о просьбах, когда дойдёт очередь.

        Raises:
            psycopg.Error: команда отвергнута, из неё ничего не записано.
            UnknownOutcomeError: записано ли, неизвестно.
        """
        return await self._in_turn(
            lambda connection: connection.execute(statement, parameters, is_probe=is_probe)
        )

    async def obstacle(self) -> str | None:
        """Возвращает, что мешает записать кого бы то ни было; ничего не меняет.

        Записывает пачку с ключами без строк — та же команда и те же права — и смотрит на таблицу.

        Raises:
            psycopg.Error: записать было бы нельзя.
            UnknownOutcomeError: то же.
        """
        table = await self._ask(Batch([], 0), [])
        self._tell_of_ids(table)
        return table.obstacle

    async def aclose(self) -> None:
        """Закрывает соединение; занятое командой закроется вслед за ней."""
        self._is_closed = True
        if not self._turn.locked():
            await self._disconnect()

    async def _send(self, batch: Batch, part: list[int]) -> bool:
        """Посылает часть пачки один раз; говорит, можно ли продолжать без паузы."""
        if time.monotonic() >= batch.until and (count := batch.give_up()):
            # Чего за отведённое время не вышло: записать или узнать, записано ли.
            _log.error("no time left to learn the outcome of %d registrations", count)
        if not batch.is_open(part):
            return True
        try:
            await self._ask(batch, part)
        except UnknownOutcomeError as error:
            self._observer.database_error(error.sqlstate)
            _log.warning("%s: asking again", error)
            batch.doubt(part)
        except psycopg.Error as error:
            self._observer.database_error(error.sqlstate)
            if (behind := self._behind(error)) and await bring_forward(behind, self.execute):
                return True
            if len(part) > 1 and is_about_one_row(error):
                batch.is_split = True
                return True
            if not is_race_for_key(error):
                batch.refuse(part, translated(error))
        else:
            return True
        return not batch.is_open(part)

    async def _ask(self, batch: Batch, part: list[int]) -> CustomersTable:
        """Исполняет одну команду, когда дойдёт очередь, и решает по её ответу.

        Без просьб смотрит ещё и на таблицу, в ту же очередь; возвращает, какова она.
        """

        async def ask(
            connection: WritingConnection,
        ) -> tuple[CustomersTable, Mapping[int, InsertResult]]:
            command, parameters, places, read = connection.command(batch, part)
            # Пачка без просьб — проба готовности.
            answer = await connection.execute(command, parameters, is_probe=not part)
            found = read(answer, places)
            if not part:
                await connection.look_at_table()
            return connection.table, found

        table, found = await self._in_turn(ask)
        if not batch.answer(part, found, keeps_rows=table.keeps_rows):
            batch.hide(part, hidden_row())
        return table

    async def _in_turn[Answer](
        self, ask: Callable[[WritingConnection], Awaitable[Answer]]
    ) -> Answer:
        """Даёт соединение, когда дойдёт очередь; ставшее сомнительным закрывает."""
        asked_at = time.monotonic()
        async with self._turn:
            connection = await self._connection(asked_at)
            is_doubtful = True
            try:
                answer = await ask(connection)
                is_doubtful = False
            except psycopg.Error as error:
                is_doubtful = not is_about_one_row(error)
                raise
            finally:
                if is_doubtful or self._is_closed:
                    await self._disconnect()
        return answer

    async def _connection(self, asked_at: float) -> WritingConnection:
        """Возвращает соединение, которым можно писать.

        Кто ждал, пока сосед убедится, что сервера нет, тот сам в этом не убеждается.
        """
        if self._absence and self._absence[0] >= asked_at:
            raise self._absence[1]
        if self._opened is None or not self._opened.is_usable:
            await self._disconnect()
            try:
                self._opened = await WritingConnection.open(self._arguments, log_sql=self._log_sql)
            except psycopg.Error as error:
                self._absence = time.monotonic(), error
                raise
            self._tell_of_ids(self._opened.table)
        return self._opened

    def _behind(self, error: psycopg.Error) -> IdSequence | None:
        """Возвращает последовательность, которая дала номер, какой у кого-то уже есть."""
        taken = error.diag.constraint_name
        if self._opened is not None and taken == self._opened.table.id_index:
            return CUSTOMER_IDS
        return event_ids_behind(error)

    def _tell_of_ids(self, table: CustomersTable) -> None:
        self._observer.ids(left=table.ids_left)
        if table.ids_left < table.ids * _FEW and not self._has_warned:
            self._has_warned = True
            _log.warning("only %d ids of customers are left of %d", table.ids_left, table.ids)

    async def _disconnect(self) -> None:
        if self._opened is not None:
            connection, self._opened = self._opened, None
            await connection.close()
