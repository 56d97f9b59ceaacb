"""Запись пачек: исход каждого покупателя, что бы ни случилось с остальными."""

import logging
import time
from collections.abc import Sequence

import psycopg

from adapters.postgres.connection import connection_arguments
from adapters.postgres.observer import WriteObserver
from adapters.postgres.writing_connection import UnknownOutcomeError, WritingConnection
from application.customer_repository import RepositoryUnavailableError
from domain.customer import Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError

_log = logging.getLogger("crm_api.database")

# Первые знаки SQLSTATE (PostgreSQL, Appendix A). Виноваты данные одной строки или чужой замок,
# порознь остальные строки запишутся: 22 и 23 — данные и ограничения, 40 — взаимная блокировка,
# 55 — занятый объект.
_ONE_ROW = ("22", "23", "40", "55")
# Сервер сейчас не пишет: 08 — связь, 25 — только чтение, 53 — кончились место или соединения,
# 57 и 58 — остановка и сбой системы.
_WHOLE_SERVER = ("08", "25", "53", "57", "58")
_ONE_BY_ONE = 3.0  # секунд на запись пачки по одной строке: вызовы ждут не дольше
_NOT_NOW = (*_WHOLE_SERVER, "40", "55")

type Outcome = Customer | Exception


class UnexpectedDatabaseError(Exception):
    """База данных отказала не потому, что недоступна: ошибка в этом коде или в её схеме."""


class BatchWriter:
    """Записывает пачки покупателей.

    Соединений столько, сколько пачек пишется одновременно: они открываются по необходимости, а
    сомнительные закрываются.
    """

    def __init__(self, database_url: str, *, log_sql: bool, observer: WriteObserver) -> None:
        self._arguments = connection_arguments(database_url)
        self._log_sql = log_sql
        self._observer = observer
        self._free: list[WritingConnection] = []

    async def __call__(self, batch: Sequence[NewCustomer]) -> list[Outcome]:
        """Записывает пачку и возвращает исходы в её порядке.

        Отказ из-за одной строки не достаётся соседям: тогда строки пишутся по одной.
        """
        try:
            return await self._write(batch)
        except psycopg.Error as error:
            self._observer.database_error(error.sqlstate)
            if len(batch) > 1 and _sqlstate(error).startswith(_ONE_ROW):
                return await self._one_by_one(batch)
            refusal = _translated(error)
        except UnknownOutcomeError:
            _log.error("the server warned about a write: its outcome is unknown")
            refusal = RepositoryUnavailableError("it is not known whether it was stored")
        return [refusal for _ in batch]

    @property
    def idle_connections(self) -> int:
        """Сколько открытых соединений ждёт следующей пачки."""
        return len(self._free)

    async def aclose(self) -> None:
        """Закрывает соединения."""
        while self._free:
            await self._free.pop().close()

    async def _write(self, batch: Sequence[NewCustomer]) -> list[Outcome]:
        # Из одинаковых адресов одной пачки записывается пришедший первым.
        first = {customer.email: customer for customer in reversed(batch)}
        ids = await self._insert(list(first.values()))
        return [
            Customer.of(customer, id=ids[customer.email])
            if customer.email in ids and customer is first[customer.email]
            else EmailAlreadyRegisteredError(customer.email)
            for customer in batch
        ]

    async def _one_by_one(self, batch: Sequence[NewCustomer]) -> list[Outcome]:
        """Записывает строки порознь; кто не успел до срока, тот не отправлен вовсе."""
        until = time.monotonic() + _ONE_BY_ONE
        late = RepositoryUnavailableError("there was no time left to store it")
        return [
            (await self([customer]))[0] if time.monotonic() < until else late for customer in batch
        ]

    async def _insert(self, batch: Sequence[NewCustomer]) -> dict[str, int]:
        connection = await self._connection()
        is_doubtful = True
        try:
            ids = await connection.insert(batch)
            is_doubtful = False
        except psycopg.Error as error:
            is_doubtful = not _sqlstate(error).startswith(_ONE_ROW)
            raise
        finally:
            if is_doubtful:
                await connection.close()
            else:
                self._free.append(connection)
        return ids

    async def _connection(self) -> WritingConnection:
        while self._free:
            if (connection := self._free.pop()).is_usable:
                return connection
            await connection.close()
        return await WritingConnection.open(self._arguments, log_sql=self._log_sql)


def _sqlstate(error: psycopg.Error) -> str:
    return error.sqlstate or ""


def _translated(error: psycopg.Error) -> Exception:
    """Переводит ошибку PostgreSQL, не повторяя её текста: в нём бывает адрес покупателя."""
    summary = (
        f"{type(error).__name__}, sqlstate {error.sqlstate},"
        f" constraint {error.diag.constraint_name}"
    )
    _log.error("database error: %s", summary)
    if error.sqlstate is None or error.sqlstate.startswith(_NOT_NOW):
        return RepositoryUnavailableError(f"the database is unavailable: {summary}")
    return UnexpectedDatabaseError(summary)
