"""Хранилище для пробы: говорит то же, что настоящее, и ничего не записывает.

Что оно «записало», помнит временная таблица: память процесса не растёт, а с концом соединения
всё исчезает.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC
from typing import Any

import psycopg
from orjson import dumps, loads
from sqlalchemy.schema import CreateTable

from adapters.batching import Batcher, BatchLimits
from adapters.postgres.connection import DatabaseError, log_statement
from adapters.postgres.refusal_text import named
from adapters.postgres.registration.dry_run_session import dry_run_session
from adapters.postgres.registration.dry_run_statements import (
    FIND_TABLE,
    HAS_USE_TIME,
    LAST_ID,
    PRETEND,
    absent,
    known_emails,
    known_keys,
    pretended,
)
from adapters.postgres.registration.lane import Item, WritingLane
from adapters.postgres.registration.readiness import PostgresReadiness
from adapters.postgres.registration.registration_request import RegistrationRequest
from adapters.postgres.registration.repository import PostgresCustomerRepository, written_groups
from adapters.postgres.registration.statements import EMAIL_TYPE
from adapters.postgres.statement import Statement, compiled
from adapters.postgres.tables import idempotency_keys
from adapters.write_observer import SilentWriteObserver
from application.customer_repository import Outcome, Registration
from application.idempotency import IdempotencyKeyReusedError, KnownKey, fingerprint
from domain.customer import RULES, Customer
from domain.errors import EmailAlreadyRegisteredError

_LIMITS = BatchLimits(batch=512, waiting=4096, deadline=60)


class DryRunWriter:
    """Решает судьбу просьб пачки, какой она была бы; номера покупателей условные.

    Они идут за последним настоящим: иначе уже бывшего не отличить от повторённого в файле.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, log_sql: bool) -> None:
        self._cursor = psycopg.AsyncRawCursor(connection)
        self._log_sql = log_sql
        self._last_id = 0
        self._known_emails = known_emails("text")
        self._known_keys = known_keys(has_use_time=True)

    async def prepare(self) -> None:
        """Создаёт временные таблицы.

        Raises:
            psycopg.Error: создать не дали.
        """
        await self._execute(compiled("create_pretended", CreateTable(pretended)))
        for (email_type,) in await self._fetch(EMAIL_TYPE):
            self._known_emails = known_emails(email_type)
        for name, table in absent.items():
            if await self._fetch(FIND_TABLE, name) == [(None,)]:
                await self._execute(compiled(f"create_{name}", CreateTable(table)))
        if not await self._fetch(HAS_USE_TIME, idempotency_keys.name):
            self._known_keys = known_keys(has_use_time=False)
        [(last_id,)] = await self._fetch(LAST_ID)
        self._last_id = last_id or 0

    async def __call__(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """Возвращает исходы в порядке пачки.

        Raises:
            adapters.postgres.connection.DatabaseError: база данных отказала; что было в пробе,
                пропало, и её надо начать сначала.
        """
        requests = [request for request, _ in batch]
        try:
            keys = await self._found_keys(requests)
            emails = await self._taken_emails(requests)
            outcomes = [self._outcome(request, keys, emails) for request in requests]
            await self._pretend(requests, outcomes)
        except psycopg.Error as error:
            raise DatabaseError(
                f"the dry run was broken off ({named(error)}); start it again"
            ) from None
        return outcomes

    async def _found_keys(self, batch: Sequence[RegistrationRequest]) -> dict[str, KnownKey]:
        wanted = [request.key.value for request in batch if request.key]
        return {
            key: KnownKey(
                print_,
                customer_id,
                registered_at.replace(tzinfo=UTC),
                stored and loads(stored),
                used_at and used_at.replace(tzinfo=UTC),
            )
            for key, print_, customer_id, registered_at, used_at, stored in await self._fetch(
                self._known_keys, wanted
            )
        }

    async def _taken_emails(self, batch: Sequence[RegistrationRequest]) -> dict[str, int]:
        # В схеме, которую ещё не привели к текущей, адреса не те, по которым сравнивают, а данные.
        wanted = {request.customer.compared_email for request in batch}
        wanted |= {request.customer.email for request in batch}
        return dict(await self._fetch(self._known_emails, list(wanted)))

    def _outcome(
        self, request: RegistrationRequest, keys: dict[str, KnownKey], emails: dict[str, int]
    ) -> Outcome:
        """Решает судьбу просьбы и запоминает её для остальных в пачке."""
        new, key = request.customer, request.key
        if key and (known := keys.get(key.value)):
            try:
                first = known.replay(new, key)
                return Registration(first, is_replay=True, used_at=known.first_used_at)
            except IdempotencyKeyReusedError as error:
                return error
        if owner_id := emails.get(new.compared_email) or emails.get(new.email):
            return EmailAlreadyRegisteredError(new.email, owner_id)
        self._last_id += 1
        customer = Customer.of(new, id=self._last_id)
        emails[new.compared_email] = customer.id
        if key:
            keys[key.value] = KnownKey.of(customer, key)
        return Registration(customer)

    async def _pretend(
        self, batch: Sequence[RegistrationRequest], outcomes: Sequence[Outcome]
    ) -> None:
        keys = [request.key for request in batch]
        rows = [
            (
                outcome.customer.compared_email,
                key and key.value,
                fingerprint(outcome.customer),
                outcome.customer.id,
                outcome.customer.registered_at.replace(tzinfo=None),
                key and key.used_at and key.used_at.replace(tzinfo=None),
                key and dumps({name: getattr(outcome.customer, name) for name in RULES}).decode(),
            )
            for key, outcome in zip(keys, outcomes, strict=True)
            if isinstance(outcome, Registration) and not outcome.is_replay
        ]
        if rows:
            await self._execute(PRETEND, *map(list, zip(*rows, strict=True)))

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
    lane = WritingLane(
        database_url, log_sql=log_sql, observer=SilentWriteObserver(), on_batch=lambda _: None
    )
    async with (
        dry_run_session(database_url) as connection,
        aclosing(lane),
        aclosing(PostgresReadiness(lane)) as readiness,
    ):
        writer = DryRunWriter(connection, log_sql=log_sql)
        try:
            await writer.prepare()
        except psycopg.Error as error:
            raise DatabaseError(
                f"PostgreSQL gives no temporary table, which a dry run needs ({named(error)}):"
                " use a server that writes, and GRANT TEMPORARY ON DATABASE to the role"
            ) from None
        async with (
            aclosing(Batcher(writer, _LIMITS)) as batcher,
            aclosing(written_groups(writer, _LIMITS)) as groups,
        ):
            yield PostgresCustomerRepository(batcher, groups, readiness)
