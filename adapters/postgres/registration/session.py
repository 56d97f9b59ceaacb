"""Соединение, которое записывает пачки просьб."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg.errors import Diagnostic
from psycopg.pq.abc import PGresult

from adapters.postgres.connection import sql_log
from adapters.postgres.registration.keyed_statements import SETTLE_BATCH, settle_parameters
from adapters.postgres.registration.libpq import Exchange
from adapters.postgres.registration.outcomes import Fates
from adapters.postgres.registration.request import RegistrationRequest
from adapters.postgres.registration.statements import (
    INSERT_BATCH,
    INSERT_ONE,
    batch_parameters,
    lone_parameters,
    written,
)
from adapters.postgres.statement import Statement
from domain.customer import NewCustomer

_DEADLINE = 3.0  # секунд на команду; молчащее дольше соединение рвётся
# Роль и база данных могут велеть своё (ALTER ROLE … SET), а от этого зависит верность записи.
_SESSION = {
    # Чужая транзакция, держащая один адрес, не должна задерживать всю пачку.
    "lock_timeout": "'500ms'",
    # План не зависит от того, что в пачке: незачем составлять его каждый раз.
    "plan_cache_mode": "'force_generic_plan'",
    # Проигравший гонку должен увидеть победителя, а не отказ.
    "default_transaction_isolation": "'read committed'",
    # WARNING — единственный знак, что запись может не пережить сбоя.
    "client_min_messages": "'warning'",
    # В принятой таблице столбец времени бывает и с поясом.
    "timezone": "'UTC'",
    # Иначе null в массиве — текст «null».
    "array_nulls": "'on'",
    # Прочие значения сильнее или слабее по воле оператора, но и они ждут диска.
    "synchronous_commit": "coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on')",
}
_SET_SESSION = "SELECT " + ", ".join(
    f"set_config('{name}', {value}, false)" for name, value in _SESSION.items()
)


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
    """Соединение с автофиксацией: команда — это и транзакция, и один обмен с сервером."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, log_sql: bool) -> None:
        self._connection = connection
        self._exchange = Exchange(connection)
        self._log_sql = log_sql
        self._warning: str | None = None
        self._prepared: set[bytes] = set()
        self._is_pooled = False
        self._is_stale = False
        connection.add_notice_handler(self._on_notice)

    @classmethod
    async def open(cls, arguments: Mapping[str, Any], *, log_sql: bool) -> Self:
        """Соединяется с сервером.

        Raises:
            psycopg.Error: сервер недоступен, молчит или команды не понимает.
        """
        raw = await psycopg.AsyncConnection.connect(**arguments, autocommit=True)
        opened = cls(raw, log_sql=log_sql)
        try:
            await opened._set_up()
        except BaseException:
            await opened.close()
            raise
        return opened

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли писать через это соединение дальше."""
        return not self._is_stale and self._exchange.is_usable

    async def insert(self, batch: Sequence[NewCustomer]) -> dict[str, int | None]:
        """Записывает пачку с разными адресами и возвращает номера записанных по адресам.

        Без номера — занятый адрес; чьего адреса нет, тот не записан, а кем занят, ещё не видно.

        Возвращается после того, как PostgreSQL сказал, что запись надёжна.

        Raises:
            psycopg.Error: команда отвергнута, из неё ничего не записано.
            UnknownOutcomeError: связь потеряна, или сервер предупредил о записи, например, что не
                дождался реплики.
        """
        if len(batch) == 1:
            return written(await self._execute(INSERT_ONE, lone_parameters(batch[0])))
        return written(await self._execute(INSERT_BATCH, batch_parameters(batch)))

    async def settle(self, batch: Sequence[RegistrationRequest], first: Sequence[bool]) -> Fates:
        """Записывает пачку вместе с ключами и возвращает судьбы просьб.

        Возвращается, когда надёжно и то, что записано сейчас, и то, что нашлось записанным.

        Args:
            batch: просьбы; адреса и ключи могут повторяться.
            first: кто из них первый среди повторов: записываются только они.

        Raises:
            psycopg.Error: команда отвергнута, из неё ничего не записано.
            UnknownOutcomeError: то же, что у ``insert``.
        """
        return Fates.of(await self._execute(SETTLE_BATCH, settle_parameters(batch, first)))

    async def close(self) -> None:
        """Закрывает соединение."""
        self._exchange.close()
        await self._connection.close()

    async def _set_up(self) -> None:
        # Со сроком: пул (PgBouncer) соединяет сразу, а сервера для первой команды может не найти.
        with self._deadline():
            if self._log_sql:
                sql_log.info("%s", _SET_SESSION)
            await self._exchange.execute_once(_SET_SESSION.encode(), ())

    async def _execute(self, command: Statement, parameters: Sequence[bytes | None]) -> PGresult:
        if self._log_sql:
            # Строка собирается, пока сервер уже работает: ждать её регистрации незачем.
            asyncio.get_running_loop().call_soon(sql_log.info, "%s", command.sql)
        self._warning = None
        try:
            with self._deadline():
                result = await self._answer(command, parameters)
        except psycopg.Error as error:
            # ERROR отменяет команду целиком. Всё прочее рвёт связь, а когда именно, до фиксации
            # или после неё, сервер уже не скажет (PostgreSQL, 55.8, «severity»).
            if error.diag.severity_nonlocalized == "ERROR":
                raise
            raise UnknownOutcomeError(error.sqlstate) from None
        if self._warning is not None:
            raise UnknownOutcomeError(self._warning)
        return result

    async def _answer(self, command: Statement, parameters: Sequence[bytes | None]) -> PGresult:
        if not self._is_pooled:
            try:
                if command.prepared_name not in self._prepared:
                    await self._exchange.prepare(command.prepared_name, command.sql.encode())
                    self._prepared.add(command.prepared_name)
                return await self._exchange.execute(command.prepared_name, parameters)
            except _NOT_ONE_SERVER:
                self._is_pooled = True
            except psycopg.errors.FeatureNotSupported:
                # Столбец сменил тип: готовое здесь больше не годится, на новом соединении — снова.
                self._is_stale = True
        return await self._exchange.execute_once(command.sql.encode(), parameters)

    def _on_notice(self, notice: Diagnostic) -> None:
        # Отменённое ожидание реплики кончается успехом, и только WARNING говорит, что запись
        # может не пережить сбоя (PostgreSQL, syncrep.c).
        if notice.severity_nonlocalized == "WARNING":
            self._warning = notice.sqlstate

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        # Отмена запроса через psycopg сама ждёт ответа сервера. А так писатель узнаёт, что связь
        # потеряна, и закрывает её, ни у кого ничего не спрашивая.
        timer = asyncio.get_running_loop().call_later(_DEADLINE, self._exchange.give_up)
        try:
            yield
        finally:
            timer.cancel()
