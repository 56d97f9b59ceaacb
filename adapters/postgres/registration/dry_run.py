"""Хранилище для пробы: говорит то же, что настоящее, и ничего не записывает.

Что оно «записало», помнит временная таблица: память процесса не растёт, а с концом соединения
всё исчезает.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC
from typing import Any

import psycopg
from orjson import loads
from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    any_,
    bindparam,
    func,
    insert,
    null,
    select,
    union_all,
)
from sqlalchemy.schema import CreateTable

from adapters.batching import Batcher, BatchLimits
from adapters.postgres.connection import (
    DatabaseError,
    connection_arguments,
    database_error,
    log_statement,
    named,
)
from adapters.postgres.registration.batch import Outcome, RegistrationRequest
from adapters.postgres.registration.lane import Item, WritingLane
from adapters.postgres.registration.readiness import PostgresReadiness
from adapters.postgres.registration.repository import PostgresCustomerRepository
from adapters.postgres.registration.statements import given_rows, stored_fields
from adapters.postgres.statement import Statement, compiled
from adapters.postgres.tables import customers, idempotency_keys
from adapters.write_observer import SilentWriteObserver
from application.customer_repository import Registration
from application.idempotency import IdempotencyKeyReusedError, KnownKey, fingerprint
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError

_LIMITS = BatchLimits(batch=512, waiting=4096, deadline=60)

_pretended = Table(
    "crm_api_dry_run",
    MetaData(),
    Column("email", String, primary_key=True),
    Column("key", String, unique=True),
    Column("fingerprint", LargeBinary),
    Column("customer_id", Integer),
    Column("registered_at", DateTime),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="PRESERVE ROWS",
)
# В базе данных, к которой ещё не подключался сервис, таблиц нет: значит, в них пусто.
_absent = {
    table.name: Table(
        table.name,
        MetaData(),
        *(Column(column.name, column.type) for column in table.columns),
        prefixes=["TEMPORARY"],
    )
    for table in (customers, idempotency_keys)
}


def _any_of(column: Column[Any]) -> Any:  # noqa: ANN401 — условие SQLAlchemy
    return column == any_(bindparam("wanted", type_=ARRAY(String)))


_KEY_COLUMNS = ("key", "fingerprint", "customer_id", "registered_at")
_used_for = (
    select(stored_fields).where(customers.c.id == idempotency_keys.c.customer_id).scalar_subquery()
)
_KNOWN_KEYS = compiled(
    "known_keys",
    union_all(
        *(
            select(*(table.c[name] for name in _KEY_COLUMNS), stored).where(_any_of(table.c.key))
            for table, stored in ((idempotency_keys, _used_for), (_pretended, null()))
        )
    ),
)
_EMAIL_TYPE = Statement(
    "email_type",
    "SELECT format_type(atttypid, -1) FROM pg_attribute"
    " WHERE attrelid = to_regclass($1) AND attname = 'email'",
)
_FIND_TABLE = Statement("find_table", "SELECT to_regclass($1)")
_PRETEND = compiled(
    "pretend",
    insert(_pretended).from_select(
        list(_pretended.columns),
        select(*given_rows(*_pretended.columns, email_type="text").columns),
    ),
)


def _known_emails(email_type: str) -> Statement:
    """Команда, которая называет занятые адреса так, как они посланы: равными бывают и другие.

    Рядом с адресом — номер того, чей он.
    """
    given = given_rows(customers.c.email, email_type=email_type)
    # Подзапросы, а не IN: у них один путь, по индексу.
    owner = func.coalesce(
        *(
            select(number).where(email == given.c.email).scalar_subquery()
            for number, email in (
                (customers.c.id, customers.c.email),
                (_pretended.c.customer_id, _pretended.c.email),
            )
        )
    )
    return compiled("known_emails", select(given.c.email, owner).where(owner.is_not(None)))


_LAST_ID = compiled("last_id", select(func.max(customers.c.id)))


class DryRunWriter:
    """Решает судьбу просьб пачки, какой она была бы; номера покупателей условные.

    Они идут за последним настоящим: иначе уже бывшего не отличить от повторённого в файле.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, log_sql: bool) -> None:
        self._cursor = psycopg.AsyncRawCursor(connection)
        self._log_sql = log_sql
        self._last_id = 0
        self._known_emails = _known_emails("text")

    async def prepare(self) -> None:
        """Создаёт временные таблицы.

        Raises:
            psycopg.Error: создать не дали.
        """
        await self._execute(compiled("create_pretended", CreateTable(_pretended)))
        for (email_type,) in await self._fetch(_EMAIL_TYPE, customers.name):
            self._known_emails = _known_emails(email_type)
        for name, table in _absent.items():
            if await self._fetch(_FIND_TABLE, name) == [(None,)]:
                await self._execute(compiled(f"create_{name}", CreateTable(table)))
        [(last_id,)] = await self._fetch(_LAST_ID)
        self._last_id = last_id or 0

    async def __call__(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """Возвращает исходы в порядке пачки.

        Raises:
            adapters.postgres.connection.DatabaseError: база данных отказала; что было в пробе,
                пропало, и её надо начать сначала.
        """
        requests = [request for request, _ in batch]
        try:
            keys = await self._known_keys(requests)
            emails = await self._taken_emails(requests)
            outcomes = [self._outcome(request, keys, emails) for request in requests]
            await self._pretend(requests, outcomes)
        except psycopg.Error as error:
            raise DatabaseError(
                f"the dry run was broken off ({named(error)}); start it again"
            ) from None
        return outcomes

    async def _known_keys(self, batch: Sequence[RegistrationRequest]) -> dict[str, KnownKey]:
        wanted = [request.key.value for request in batch if request.key]
        return {
            key: KnownKey(
                print_, customer_id, registered_at.replace(tzinfo=UTC), stored and loads(stored)
            )
            for key, print_, customer_id, registered_at, stored in await self._fetch(
                _KNOWN_KEYS, wanted
            )
        }

    async def _taken_emails(self, batch: Sequence[RegistrationRequest]) -> dict[str, int]:
        wanted = [request.customer.email for request in batch]
        return dict(await self._fetch(self._known_emails, wanted))

    def _outcome(
        self, request: RegistrationRequest, keys: dict[str, KnownKey], emails: dict[str, int]
    ) -> Outcome:
        """Решает судьбу просьбы и запоминает её для остальных в пачке."""
        new, key, *_ = request
        if key and (known := keys.get(key.value)):
            try:
                return Registration(known.replay(new), is_replay=True)
            except IdempotencyKeyReusedError as error:
                return error
        if owner_id := emails.get(new.email):
            return EmailAlreadyRegisteredError(new.email, owner_id)
        self._last_id += 1
        emails[new.email] = self._last_id
        if key:
            keys[key.value] = KnownKey(fingerprint(new), self._last_id, new.registered_at)
        return Registration(Customer.of(new, id=self._last_id))

    async def _pretend(
        self, batch: Sequence[RegistrationRequest], outcomes: Sequence[Outcome]
    ) -> None:
        rows = [
            (
                outcome.customer.email,
                key and key.value,
                fingerprint(outcome.customer),
                outcome.customer.id,
                outcome.customer.registered_at.replace(tzinfo=None),
            )
            for (_, key, *_), outcome in zip(batch, outcomes, strict=True)
            if isinstance(outcome, Registration) and not outcome.is_replay
        ]
        if rows:
            await self._execute(_PRETEND, *map(list, zip(*rows, strict=True)))

    async def _fetch(self, statement: Statement, *parameters: object) -> list[tuple[Any, ...]]:
        await self._execute(statement, *parameters)
        return await self._cursor.fetchall()

    async def _execute(self, statement: Statement, *parameters: object) -> None:
        if self._log_sql:
            log_statement(statement.name, statement.sql)
        await self._cursor.execute(statement.sql, parameters)


@asynccontextmanager
async def dry_run_customers(
    database_url: str, *, log_sql: bool
) -> AsyncIterator[PostgresCustomerRepository]:
    """Открывает хранилище для пробы.

    Raises:
        adapters.postgres.connection.DatabaseError: база данных недоступна или не даёт создать
            временную таблицу.
        ValueError: адрес неверен.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(
            **connection_arguments(database_url), autocommit=True
        )
    except psycopg.Error as error:
        raise database_error(error) from None
    lane = WritingLane(
        database_url, log_sql=log_sql, observer=SilentWriteObserver(), on_batch=lambda _: None
    )
    async with connection, aclosing(lane), aclosing(PostgresReadiness(lane)) as readiness:
        writer = DryRunWriter(connection, log_sql=log_sql)
        try:
            await writer.prepare()
        except psycopg.Error as error:
            raise DatabaseError(
                f"PostgreSQL gives no temporary table, which a dry run needs ({named(error)}):"
                " use a server that writes, and GRANT TEMPORARY ON DATABASE to the role"
            ) from None
        async with aclosing(Batcher(writer, _LIMITS)) as batcher:
            yield PostgresCustomerRepository(batcher, readiness)
