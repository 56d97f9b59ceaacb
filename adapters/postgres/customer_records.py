"""Записи об одном покупателе в PostgreSQL."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    delete,
    false,
    func,
    literal,
    literal_column,
    select,
)

from adapters.postgres.connection import transaction
from adapters.postgres.erased_emails import mark_erased
from adapters.postgres.tables import (
    REGISTERED_AT,
    customers,
    emails_as_given,
    given_email,
    idempotency_keys,
    past_events,
    repeated_registrations,
    waiting_events,
)
from application.customer_records import CustomerRecord, CustomerRecords, Erasure
from domain.customer import RULES
from domain.email import compared_email, normal_email

_EVENTS = (waiting_events, past_events)


@frozen
class PostgresCustomerRecords(CustomerRecords):
    """Каждый вызов — своё соединение и своя транзакция: зовёт это оператор, и редко.

    Attributes:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.
    """

    database_url: str
    log_sql: bool

    async def find(self, who: int | str) -> CustomerRecord | None:
        """Читает покупателя и считает его ключи и события.

        Raises:
            adapters.postgres.connection.DatabaseError: база данных недоступна или таблицы нет.
        """
        return await asyncio.to_thread(self._find, who)

    async def erase(self, customer_id: int, *, leaves_tombstone: bool) -> Erasure | None:
        """Стирает всё одной транзакцией.

        Покупателя — первым: его строка и есть замок, на котором ждут и второе такое же стирание, и
        регистрация того же адреса.

        Raises:
            adapters.postgres.connection.DatabaseError: база данных недоступна или отказала; не
                удалено ничего.
        """
        return await asyncio.to_thread(self._erase, customer_id, is_kept=leaves_tombstone)

    def _transaction(self) -> AbstractContextManager[Connection]:
        # О покупателе, которого скрыла защита строк, сказали бы, что его нет.
        return transaction(self.database_url, log_sql=self.log_sql, sees_all=True)

    def _find(self, who: int | str) -> CustomerRecord | None:
        events = sum((_count(table) for table in _EVENTS), start=literal(0))
        # Одной командой: между покупателем и его ключами не пройдёт чужая запись.
        everything = select(
            customers.c.id,
            *(customers.c[name] for name in RULES),
            given_email.label("email_as_given"),
            literal_column(REGISTERED_AT).label("registered_at"),
            _count(idempotency_keys).label("keys"),
            events.label("events"),
        ).where(_is(who))
        with self._transaction() as connection:
            row = connection.execute(everything).one_or_none()
        return None if row is None else _record(row._asdict())

    def _erase(self, customer_id: int, *, is_kept: bool) -> Erasure | None:
        erased = delete(customers).where(_is(customer_id)).returning(customers.c.email)
        with self._transaction() as connection:
            if (gone := connection.execute(erased).one_or_none()) is None:
                return None
            if gone.email is not None:  # в принятой таблице бывает и без адреса
                email = compared_email(normal_email(gone.email))
                mark_erased(connection, email, is_kept=is_kept)
            _delete(connection, emails_as_given, customer_id)
            keys = _delete(connection, idempotency_keys, customer_id)
            events = sum(_delete(connection, table, customer_id) for table in _EVENTS)
            _delete(connection, repeated_registrations, customer_id)
            return Erasure(customer_id, keys, events)


def _record(row: Mapping[str, Any]) -> CustomerRecord:
    return CustomerRecord(
        row["id"],
        {name: row[name] for name in RULES} | {"email": row["email_as_given"]},
        _moment(row["registered_at"]),
        row["keys"],
        row["events"],
    )


def _moment(stored: datetime | None) -> datetime | None:
    """Читает время: в столбце пояса нет, а в принятой таблице бывает и есть."""
    if stored is None:
        return None
    return stored.astimezone(UTC) if stored.tzinfo else stored.replace(tzinfo=UTC)


def _is(who: int | str) -> ColumnElement[bool]:
    if isinstance(who, int):
        # Шире столбца: номера принятой таблицы бывают и такими, а спросить могут о любом.
        return customers.c.id == literal(who, BigInteger)
    # Такого текста PostgreSQL не хранит, а psycopg не пошлёт.
    is_storable = "\0" not in who and who.encode(errors="ignore").decode() == who
    return customers.c.email == who if is_storable else false()


def _count(table: Table) -> ColumnElement[int]:
    his = table.c.customer_id == customers.c.id
    return select(func.count()).select_from(table).where(his).scalar_subquery()


def _delete(connection: Connection, table: Table, customer_id: int) -> int:
    return connection.execute(delete(table).where(table.c.customer_id == customer_id)).rowcount
