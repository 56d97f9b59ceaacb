"""Хранилище покупателей в PostgreSQL."""

import asyncio
import logging
from datetime import datetime

import attrs
import psycopg
from sqlalchemy import bindparam, exc, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import customers
from application.customer_repository import CustomerRepository, RepositoryUnavailableError
from domain.customer import Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError

_log = logging.getLogger("crm_api.database")

_DEADLINE = 4.0  # секунд на одну запись: ответ должен уложиться в пять

_columns = [column for column in customers.columns if column.name != "id"]

# Занятый адрес отсеивается до вставки: голый ON CONFLICT тратит номер на каждый повтор, и
# повтором одного адреса можно исчерпать INTEGER. ON CONFLICT остаётся для настоящей гонки.
_INSERT = (
    insert(customers)
    .from_select(
        _columns,
        select(*(bindparam(column.name, type_=column.type) for column in _columns)).where(
            ~exists().where(customers.c.email == bindparam("email", type_=customers.c.email.type))
        ),
    )
    .on_conflict_do_nothing(index_elements=[customers.c.email])
    .returning(customers.c.id)
)


class UnexpectedDatabaseError(Exception):
    """База данных отказала не потому, что недоступна: ошибка в этом коде или в её схеме."""


class PostgresCustomerRepository(CustomerRepository):
    """Записывает каждого покупателя одной командой с автофиксацией."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, customer: NewCustomer) -> Customer:
        """Записывает нового покупателя; возвращается после того, как запись надёжна."""
        values = attrs.asdict(customer, recurse=False)
        values["registered_at"] = _as_column(customer.registered_at)
        try:
            async with asyncio.timeout(_DEADLINE), self._engine.connect() as connection:
                given_id = await connection.scalar(_INSERT, values)
        except (TimeoutError, exc.TimeoutError):
            _log.warning("no answer from the database within %s s", _DEADLINE)
            raise RepositoryUnavailableError("the database did not answer in time") from None
        except exc.DBAPIError as error:
            raise _translated(error) from None
        if given_id is None:
            raise EmailAlreadyRegisteredError(customer.email)
        return Customer.of(customer, id=given_id)


def _as_column(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _translated(error: exc.DBAPIError) -> Exception:
    """Переводит ошибку PostgreSQL, не повторяя её текста: в нём бывает адрес покупателя."""
    cause = error.orig
    diagnostics = cause.diag if isinstance(cause, psycopg.Error) else None
    summary = (
        f"{type(cause).__name__}, sqlstate {diagnostics and diagnostics.sqlstate}, "
        f"constraint {diagnostics and diagnostics.constraint_name}"
    )
    _log.error("database error: %s", summary)
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError):
        return RepositoryUnavailableError(f"the database is unavailable: {summary}")
    return UnexpectedDatabaseError(summary)
