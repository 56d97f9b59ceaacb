"""Пишущее соединение: команда туда, ответ обратно, без лишних слоёв между ними.

Только этот файл говорит с libpq напрямую. Курсор psycopg на каждую команду подписывается на сокет
заново; здесь подписка одна на всю жизнь соединения. Сам протокол — по-прежнему дело libpq
(PostgreSQL, «Asynchronous Command Processing»).
"""

import asyncio
import logging
import select
from collections.abc import Mapping, Sequence
from typing import Any, Self

import psycopg
from psycopg import pq
from psycopg.errors import Diagnostic, error_from_result

from adapters.postgres.connection import log_statement
from adapters.postgres.registration.session import OPEN_SESSION, CustomersTable
from adapters.postgres.statement import Statement

type Parameters = Sequence[bytes | None]

_DEADLINE = 3.0  # секунд на команду; молчащее дольше соединение рвётся
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
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


class WritingConnection:
    """Соединение с автофиксацией: команда — это и транзакция, и один обмен с сервером.

    Пользуется им кто-то один, команды идут по одной; параметры и ответ — в текстовом виде.

    Attributes:
        table: какой увидели таблицу покупателей, когда открыли соединение или спросили ещё раз.
    """

    table: CustomersTable

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, log_sql: bool) -> None:
        self._connection = connection
        self._log_sql = log_sql
        self._server = connection.pgconn
        self._server.nonblocking = 1
        self._socket = self._server.socket
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[pq.abc.PGresult | None] | None = None
        self._last: pq.abc.PGresult | None = None
        self._warning: str | None = None
        self._prepared: set[bytes] = set()
        self._is_pooled = False
        self._is_stale = False
        self._is_listening = True
        # Не select: тот не знает дескрипторов дальше 1023, а соединений у сервиса бывает больше.
        self._unread = select.poll()
        self._unread.register(self._socket, select.POLLIN)
        self._loop.add_reader(self._socket, self._on_readable)
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
            opened.table = CustomersTable.found(await opened.ask(OPEN_SESSION.sql.encode(), ()))
        except BaseException:
            await opened.close()
            raise
        return opened

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли отправить следующую команду.

        В покое серверу сказать нечего: непрочитанное значит, что он прощается или уже ушёл.
        Узнать об этом до отправки — значит не гадать потом об исходе.
        """
        return self._is_listening and not self._is_stale and not self._unread.poll(0)

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

    async def ask(self, statement: bytes, parameters: Parameters) -> pq.abc.PGresult:
        """Исполняет команду, не готовя её заранее.

        Raises:
            psycopg.Error: команда отвергнута или связь потеряна.
        """
        self._server.send_query_params(statement, parameters)
        return await self._result()

    def give_up(self) -> None:
        """Перестаёт ждать ответа: тот, кто ждёт, узнаёт, что связь потеряна."""
        self._fail(psycopg.OperationalError("the server did not answer in time"))

    async def close(self) -> None:
        """Закрывает соединение."""
        if self._is_listening:
            self._stop_listening()
        await self._connection.close()

    async def _prepared_answer(
        self, statement: Statement, parameters: Parameters
    ) -> pq.abc.PGresult:
        """Исполняет команду, которую сервер готовит при первой нужде, если он один и тот же."""
        name = statement.prepared_name
        if not self._is_pooled:
            try:
                if name not in self._prepared:
                    self._server.send_prepare(name, statement.sql.encode())
                    await self._result()
                    self._prepared.add(name)
                self._server.send_query_prepared(name, parameters)
                return await self._result()
            except _NOT_ONE_SERVER:
                self._is_pooled = True
            except psycopg.errors.FeatureNotSupported:
                # Столбец сменил тип: готовое здесь больше не годится, на новом соединении — снова.
                self._is_stale = True
        return await self.ask(statement.sql.encode(), parameters)

    async def _result(self) -> pq.abc.PGresult:
        """Ждёт, пока сервер не будет готов к следующей команде.

        Без явной транзакции фиксация идёт уже после строк ответа, и отказать сервер может и тогда.
        """
        if not self._is_listening:
            # Сервер простился между двумя командами одной пачки: ответа уже никто не прочтёт.
            raise psycopg.OperationalError("the connection was lost between two commands")
        self._answer = self._loop.create_future()
        # Отмена запроса через psycopg сама ждала бы ответа сервера; а так связь просто рвётся.
        timer = self._loop.call_later(_DEADLINE, self.give_up)
        try:
            self._flush()
            result = await self._answer
        finally:
            timer.cancel()
            self._answer = self._last = None
        if result is None:
            raise psycopg.OperationalError("the server gave no answer")
        if result.status not in _DONE:
            raise error_from_result(result)
        return result

    def _flush(self) -> None:
        """Отправляет, что ещё не ушло; если сокет полон, продолжит, когда он освободится."""
        try:
            is_stuck = self._server.flush()
        except psycopg.Error as error:
            self._fail(error)
            return
        if is_stuck:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _on_readable(self) -> None:
        if self._answer is None:
            self._stop_listening()
            return
        try:
            self._read(self._answer)
            # О сокете с ошибкой libuv говорит один раз, а за прощанием сервера есть ещё и конец.
            while not self._answer.done() and self._unread.poll(0):
                self._read(self._answer)
        except psycopg.Error as error:
            self._fail(error)

    def _read(self, answer: asyncio.Future[pq.abc.PGresult | None]) -> None:
        self._server.consume_input()
        while not answer.done() and not self._server.is_busy():
            result = self._server.get_result()
            if result is None:
                answer.set_result(self._last)
            self._last = result

    def _fail(self, error: psycopg.Error) -> None:
        self._stop_listening()
        if self._answer is None or self._answer.done():
            return
        # Что сервер сказал напоследок, важнее того, как оборвалась связь.
        if self._last is not None and self._last.status not in _DONE:
            error = error_from_result(self._last)
        self._answer.set_exception(error)

    def _stop_listening(self) -> None:
        # Номер сокета, который закрыла libpq, скоро получит кто-то другой.
        self._is_listening = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)

    def _on_notice(self, notice: Diagnostic) -> None:
        # Отменённое ожидание реплики кончается успехом, и только WARNING говорит, что запись
        # может не пережить сбоя (PostgreSQL, syncrep.c).
        if notice.severity_nonlocalized == "WARNING":
            self._warning = notice.sqlstate
