"""Пишущее соединение: велит сеансу нужное, готовит команды и узнаёт, надёжно ли записанное."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import psycopg
from psycopg import pq
from psycopg.errors import Diagnostic

from adapters.postgres.connection import log_statement
from adapters.postgres.registration.batch import Batch
from adapters.postgres.registration.libpq import Parameters, ServerConnection
from adapters.postgres.registration.registration_request import InsertResult
from adapters.postgres.registration.session import (
    BEFORE_EACH,
    LOOK_AT_TABLE,
    OPEN_SESSION,
    CustomersTable,
    is_pooled,
)
from adapters.postgres.registration.text_rows import (
    batch_parameters,
    found_by_insert_batch,
    found_by_insert_one,
    found_with_keys,
    keyed_parameters,
    lone_parameters,
)
from adapters.postgres.statement import Statement
from application.idempotency import IdempotencyKey

type _Reader = Callable[[pq.abc.PGresult, Sequence[int]], Mapping[int, InsertResult]]
type Command = tuple[Statement, Parameters, list[int], _Reader]

# Пул в режиме транзакций (PgBouncer) отдаёт каждую команду другому серверному соединению: здесь
# её ещё не готовили, а там уже.
_NOT_ONE_SERVER = (
    psycopg.errors.InvalidSqlStatementName,
    psycopg.errors.DuplicatePreparedStatement,
)


class UnknownOutcomeError(Exception):
    """Команда послана, а записано ли и надёжно ли, неизвестно."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate
        super().__init__(f"the outcome is unknown, sqlstate {sqlstate}")


class WritingConnection(ServerConnection):
    """Соединение, на котором верность записи не зависит от воли роли, базы данных и пула.

    Настройки даются сеансу один раз, а за пулом, где сеанс каждый раз может быть другим, —
    транзакции каждой команды.

    Attributes:
        table: какой увидели таблицу покупателей, когда открыли соединение или спросили ещё раз.
    """

    table: CustomersTable

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, log_sql: bool) -> None:
        super().__init__(connection)
        self._log_sql = log_sql
        self._warning: str | None = None
        self._prepared: set[bytes] = set()
        # Своё у каждого соединения: команды, приготовленной чужим, под этим именем не найти, и
        # незамеченный пул обнаружит себя раньше, чем что-то запишет не с теми настройками.
        self._suffix = os.urandom(4).hex().encode()
        self._may_prepare = True
        self._is_stale = False
        connection.add_notice_handler(self._on_notice)

    @classmethod
    async def open(cls, arguments: Mapping[str, Any], *, log_sql: bool) -> Self:
        """Соединяется с сервером, начинает сеанс и смотрит, что там за таблица.

        Raises:
            psycopg.Error: сервер недоступен, молчит или команды не понимает.
        """
        raw = await psycopg.AsyncConnection.connect(**arguments, autocommit=True)
        opened = cls(raw, log_sql=log_sql)
        if log_sql:
            log_statement(OPEN_SESSION.name, OPEN_SESSION.sql)
        try:
            told_pid = str(opened.server_pid).encode()
            answer = await opened.ask(OPEN_SESSION.sql.encode(), (told_pid,))
        except BaseException:
            await opened.close()
            raise
        opened.table = CustomersTable.found(answer)
        if is_pooled(answer):
            opened.expect_any_server()
        return opened

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли отправить следующую команду."""
        return not self._is_stale and super().is_usable

    @property
    def keeps_session(self) -> bool:
        """Говорит, что пула нет: сеанс на сервере всегда один и тот же."""
        return bool(self._suffix)

    def expect_any_server(self) -> None:
        """Запоминает, что за соединением пул: каждую команду может получить другой сервер."""
        self._suffix = b""  # имён на сервере останется столько, сколько команд, а не соединений
        self.send_before_each([statement.sql.encode() for statement in BEFORE_EACH])

    def command(self, batch: Batch, part: list[int]) -> Command:
        """Выбирает, что послать: команду, параметры, о чьих местах они и чем читать ответ."""
        table = self.table
        if not table.keeps_rows:
            batch.give_keys(part, _made_key)
        firsts = batch.firsts(part)
        if part and batch.is_plain(part):
            requests = [batch.requests[place] for place in firsts]
            if len(requests) == 1:
                return table.insert_one, lone_parameters(requests[0]), firsts, found_by_insert_one
            return table.insert_batch, batch_parameters(requests), firsts, found_by_insert_batch
        requests = [batch.requests[place] for place in part]
        is_first = set(firsts)
        parameters = keyed_parameters(requests, [place in is_first for place in part])
        return table.insert_with_keys, parameters, part, found_with_keys

    async def look_at_table(self) -> None:
        """Смотрит на таблицу ещё раз: её меняют и под открытым соединением.

        Raises:
            psycopg.Error: посмотреть не дали.
            UnknownOutcomeError: связь потеряна.
        """
        self.table = CustomersTable.found(await self.execute(LOOK_AT_TABLE, (), is_probe=True))

    async def execute(
        self, statement: Statement, parameters: Parameters, *, is_probe: bool = False
    ) -> pq.abc.PGresult:
        """Исполняет команду, которая пишет.

        Возвращается, когда записанное ею надёжно и надёжно то, что нашлось записанным.

        Args:
            statement: команда.
            parameters: её параметры в текстовом виде.
            is_probe: проба готовности: в журнале такие видны с порогом DEBUG.

        Raises:
            psycopg.Error: команда отвергнута, из неё ничего не записано.
            UnknownOutcomeError: связь потеряна, или сервер предупредил о записи, например, что не
                дождался реплики.
        """
        if self._log_sql:
            # Строка собирается, пока сервер уже работает: ждать её регистрации незачем.
            level = logging.DEBUG if is_probe else logging.INFO
            self._loop.call_soon(log_statement, statement.name, statement.sql, level)
        self._warning = None
        try:
            result = await self._prepared_answer(statement, parameters)
        except psycopg.Error as error:
            # ERROR отменяет команду целиком. Всё прочее рвёт связь, а когда именно, до фиксации
            # или после неё, сервер уже не скажет (PostgreSQL, 55.8, «severity»).
            if error.diag.severity_nonlocalized == "ERROR":
                raise
            raise UnknownOutcomeError(error.sqlstate) from None
        if self._warning is not None:
            raise UnknownOutcomeError(self._warning)
        return result

    async def _prepared_answer(
        self, statement: Statement, parameters: Parameters
    ) -> pq.abc.PGresult:
        """Исполняет команду, которую сервер готовит при первой нужде, если он один и тот же."""
        if self._may_prepare:
            name = statement.prepared_name + self._suffix
            try:
                if name not in self._prepared:
                    await self.prepare(name, statement.sql.encode())
                    self._prepared.add(name)
                return await self.ask_prepared(name, parameters)
            except _NOT_ONE_SERVER:
                self._may_prepare = False
                self.expect_any_server()
            except psycopg.errors.FeatureNotSupported:
                # Столбец сменил тип: готовое здесь больше не годится, на новом соединении — снова.
                self._is_stale = True
        return await self.ask(statement.sql.encode(), parameters)

    def _on_notice(self, notice: Diagnostic) -> None:
        # Отменённое ожидание реплики кончается успехом, и только WARNING говорит, что запись
        # может не пережить сбоя (PostgreSQL, syncrep.c).
        if notice.severity_nonlocalized == "WARNING":
            self._warning = notice.sqlstate


def _made_key() -> IdempotencyKey:
    """Делает ключ, которого ни у кого нет: по нему просьба узнает себя, если ответ потеряется."""
    return IdempotencyKey(f"crm-api {os.urandom(16).hex()}")
