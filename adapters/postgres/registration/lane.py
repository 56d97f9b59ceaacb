"""Полоса записи: одно соединение и очередь к нему; исход каждой просьбы, что бы ни случилось."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context

import psycopg
from psycopg.pq.abc import PGresult

from adapters.postgres.connection import DatabaseError, connection_arguments, named
from adapters.postgres.registration.batch import Batch, Found, Outcome, RegistrationRequest
from adapters.postgres.registration.keyed_statement import found_with_keys, keyed_parameters
from adapters.postgres.registration.libpq import UnknownOutcomeError, WritingConnection
from adapters.postgres.registration.session import CustomersTable
from adapters.postgres.registration.statements import (
    ALTERED_EMAIL,
    batch_parameters,
    found_by_insert,
    lone_parameters,
)
from adapters.postgres.statement import Statement
from adapters.write_observer import WriteObserver
from application.customer_repository import RepositoryUnavailableError
from application.idempotency import IdempotencyKey

_log = logging.getLogger("crm_api.database")

# Первые знаки SQLSTATE (PostgreSQL, Appendix A). Виноваты данные одной строки или чужой замок,
# порознь остальные строки запишутся: 22, 23 и 44 — данные и ограничения, 40 — взаимная блокировка,
# 55 — занятый объект, P0 и 45 — отказ триггера (RAISE EXCEPTION; 45 — по обычаю SQL/PSM),
# 42501 — отказ политики строк.
_ONE_ROW = ("22", "23", "40", "42501", "44", "45", "55", "P0")
# Сервер сейчас не пишет: 08 — связь, 25 — только чтение, 53 — кончились место или соединения,
# 57 и 58 — остановка и сбой системы; 40 и 55 — строку держит другой.
_NOT_NOW = ("08", "25", "53", "57", "58", "40", "55")
_TAKEN_KEY = "idempotency_keys_pkey"

_PATIENCE = 4.0  # секунд на пачку вместе с выяснением её исхода: вызовы ждут не дольше
_PAUSE = 0.1  # секунд между попытками выяснить исход

_ALTERED = (
    "the table changes the e-mail that is sent (a trigger, a rule or the type of the column), so"
    " nobody would find it again"
)

type Item = tuple[RegistrationRequest, Context]
"""Просьба и контекст того, чья она: номер запроса, трасса."""

type _Reader = Callable[[PGresult, Sequence[int]], Mapping[int, Found]]
type _Command = tuple[Statement, Sequence[bytes | None], list[int], _Reader]


class UnexpectedDatabaseError(DatabaseError):
    """База данных отказала не потому, что недоступна: ошибка в этом коде или в её схеме."""


class WritingLane:
    """Пишет пачки через одно соединение; команды идут по одной.

    Соединение открывается по необходимости, а сомнительное закрывается.
    """

    def __init__(
        self,
        database_url: str,
        *,
        log_sql: bool,
        observer: WriteObserver,
        on_batch: Callable[[Sequence[Context]], None],
    ) -> None:
        """Создаёт полосу, ни с кем не соединяясь.

        Args:
            database_url: адрес libpq.
            log_sql: писать ли в журнал команды SQL.
            observer: кому рассказывать о записи.
            on_batch: узнаёт, ради кого пишется пачка, в той задаче, которая её пишет.

        Raises:
            ValueError: адрес неверен.
        """
        self._arguments = connection_arguments(database_url)
        self._log_sql = log_sql
        self._observer = observer
        self._on_batch = on_batch
        self._turn = asyncio.Lock()
        self._opened: tuple[WritingConnection, CustomersTable] | None = None
        self._absence: tuple[float, psycopg.Error] | None = None  # когда и почему не соединились
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
        batch = Batch([request for request, _ in items], time.monotonic() + _PATIENCE)
        with self._observer.batch(callers):
            while parts := batch.parts():
                is_clear = True
                for part in parts:
                    is_clear &= await self._send(batch, part)
                if not is_clear:
                    await asyncio.sleep(_PAUSE)
        return batch.results()

    async def probe(self) -> None:
        """Записывает пачку с ключами без строк: та же команда, те же права, ничего не меняется.

        Raises:
            psycopg.Error: записать было бы нельзя.
            UnknownOutcomeError: то же.
        """
        await self._ask(Batch([], 0), [])

    async def aclose(self) -> None:
        """Закрывает соединение; занятое командой закроется вслед за ней."""
        self._is_closed = True
        if not self._turn.locked():
            await self._disconnect()

    async def _send(self, batch: Batch, part: list[int]) -> bool:
        """Посылает часть пачки один раз; говорит, можно ли продолжать без паузы."""
        if time.monotonic() >= batch.until:
            _give_up(batch)
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
            if len(part) > 1 and _is_about_one_row(error):
                batch.is_split = True
                return True
            # Ключ, который в тот же миг записал другой процесс, следующая попытка уже увидит.
            if error.diag.constraint_name != _TAKEN_KEY:
                batch.refuse(part, _translated(error))
        else:
            return True
        return not batch.is_open(part)

    async def _ask(self, batch: Batch, part: list[int]) -> None:
        """Исполняет одну команду, когда дойдёт очередь, и решает по её ответу."""
        asked_at = time.monotonic()
        async with self._turn:
            connection, table = await self._connection(asked_at)
            command, parameters, places, read = _command(table, batch, part)
            is_doubtful = True
            try:
                found = read(await connection.execute(command, parameters), places)
                is_doubtful = False
            except psycopg.Error as error:
                is_doubtful = not _is_about_one_row(error)
                raise
            finally:
                if is_doubtful or self._is_closed:
                    await self._disconnect()
        if not batch.answer(part, found, keeps_rows=table.keeps_rows):
            batch.hide(part, _hidden())

    async def _connection(self, asked_at: float) -> tuple[WritingConnection, CustomersTable]:
        """Возвращает соединение, которым можно писать, и таблицу за ним.

        Кто ждал, пока сосед убедится, что сервера нет, тот сам в этом не убеждается.
        """
        if self._absence and self._absence[0] >= asked_at:
            raise self._absence[1]
        if self._opened is None or not self._opened[0].is_usable:
            await self._disconnect()
            try:
                self._opened = await WritingConnection.open(self._arguments, log_sql=self._log_sql)
            except psycopg.Error as error:
                self._absence = time.monotonic(), error
                raise
        return self._opened

    async def _disconnect(self) -> None:
        if self._opened is not None:
            (connection, _), self._opened = self._opened, None
            await connection.close()


def _command(table: CustomersTable, batch: Batch, part: list[int]) -> _Command:
    """Выбирает команду: что послать, о чьих местах и чем читать ответ."""
    if not table.keeps_rows:
        batch.give_keys(part, _made_key)
    firsts = batch.firsts(part)
    if part and batch.is_plain(part):
        customers = [batch.requests[place].customer for place in firsts]
        if len(customers) == 1:
            return table.insert_one, lone_parameters(customers[0]), firsts, found_by_insert
        return table.insert_batch, batch_parameters(customers), firsts, found_by_insert
    requests = [batch.requests[place] for place in part]
    parameters = keyed_parameters(requests, [place in firsts for place in part])
    return table.insert_with_keys, parameters, part, found_with_keys


def _made_key() -> IdempotencyKey:
    """Делает ключ, которого ни у кого нет: по нему просьба узнает себя, если ответ потеряется."""
    return IdempotencyKey(f"crm-api {os.urandom(16).hex()}")


def _is_about_one_row(error: psycopg.Error) -> bool:
    return (error.sqlstate or "").startswith(_ONE_ROW)


def _give_up(batch: Batch) -> None:
    """Говорит, чего за отведённое время не вышло: записать или узнать, записано ли."""
    if count := batch.give_up():
        _log.error("no time left to learn the outcome of %d registrations", count)


def _hidden() -> Exception:
    summary = "the row is neither stored nor taken: a trigger or a policy hides it"
    _log.error("database error: %s", summary)
    return UnexpectedDatabaseError(summary)


def _translated(error: psycopg.Error) -> Exception:
    """Переводит ошибку PostgreSQL на язык порта."""
    summary = _ALTERED if error.sqlstate == ALTERED_EMAIL else named(error)
    _log.error("database error: %s", summary)
    if error.sqlstate is None or error.sqlstate.startswith(_NOT_NOW):
        return RepositoryUnavailableError(f"the database is unavailable: {summary}")
    return UnexpectedDatabaseError(summary)
