"""Метки стёртых адресов в PostgreSQL."""

import asyncio
from collections.abc import Callable

from attrs import field, frozen
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.connection import DatabaseAwayError, DatabaseError, transaction
from adapters.postgres.tables import customers, tombstone_salt, tombstones
from application.customer_repository import RepositoryUnavailableError
from application.erased_emails import ErasedEmails, Tombstones, tombstone


@frozen
class PostgresErasedEmails(ErasedEmails):
    """Каждый вызов — своё соединение, и больше одного сразу не бывает: стёртых в файле немного.

    Attributes:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.
    """

    database_url: str
    log_sql: bool
    _turn: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def tombstones(self) -> Tombstones:
        """Читает метки; у схемы, в которой их ещё нет, их и нет.

        Raises:
            application.customer_repository.RepositoryUnavailableError: база данных недоступна.
            adapters.postgres.connection.DatabaseError: она отказала.
        """
        return await _asked(self._tombstones)

    async def is_registered(self, email: str) -> bool:
        """Ищет покупателя по адресу.

        Raises:
            application.customer_repository.RepositoryUnavailableError: база данных недоступна.
            adapters.postgres.connection.DatabaseError: она отказала.
        """
        async with self._turn:
            return await _asked(self._is_registered, email)

    def _tombstones(self) -> Tombstones:
        with transaction(self.database_url, log_sql=self.log_sql) as connection:
            if connection.scalar(select(func.to_regclass(tombstones.name))) is None:
                return Tombstones()
            digests = connection.scalars(select(tombstones.c.digest))
            return Tombstones(_salt(connection), frozenset(digests))

    def _is_registered(self, email: str) -> bool:
        found = select(customers.c.id).where(customers.c.email == email)
        with transaction(self.database_url, log_sql=self.log_sql) as connection:
            return connection.execute(found).first() is not None


async def _asked[**Given, Answer](
    ask: Callable[Given, Answer], *given: Given.args, **named: Given.kwargs
) -> Answer:
    try:
        return await asyncio.to_thread(ask, *given, **named)
    except DatabaseAwayError as error:
        raise RepositoryUnavailableError(f"{error}") from None


def mark_erased(connection: Connection, email: str, *, is_kept: bool) -> None:
    """Ставит метку; если её не просили, снимает прежнюю: с тех пор он регистрировался сам."""
    digest = tombstone(_salt(connection), email)
    if is_kept:
        connection.execute(insert(tombstones).values(digest=digest).on_conflict_do_nothing())
    else:
        connection.execute(delete(tombstones).where(tombstones.c.digest == digest))


def _salt(connection: Connection) -> bytes:
    salts = connection.scalars(select(tombstone_salt.c.salt)).all()
    if len(salts) != 1:
        raise DatabaseError(
            f"the table tombstone_salt has {len(salts)} rows, and there has to be one: keep the one"
            " that came with the rows of tombstones"
        )
    return bytes(salts[0])
