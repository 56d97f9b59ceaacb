"""Регистрации, которые приходят одновременно и едут одной пачкой, и то, чем они кончились."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import psycopg

from adapters.batching import BatchLimits
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from adapters.write_observer import SilentWriteObserver, WriteObserver
from application.customer_repository import Registration
from domain.customer import Customer
from tests.support.customers import new_customer

_LATER = BatchLimits(batch=512, waiting=4096, deadline=60)


_SILENT = SilentWriteObserver()


class RememberedErrors(SilentWriteObserver):
    """Наблюдатель, который помнит отказы PostgreSQL, в том числе скрытые от вызовов."""

    def __init__(self) -> None:
        self.errors: list[str | None] = []

    def database_error(self, sqlstate: str | None) -> None:
        self.errors.append(sqlstate)


def patient_customers(
    database: str, *, log_sql: bool = False, observer: WriteObserver = _SILENT
) -> AbstractAsyncContextManager[PostgresCustomerRepository]:
    """Хранилище, которое не бросает ждущих и на занятой машине."""
    return postgres_customers(database, log_sql=log_sql, limits=_LATER, observer=observer)


async def outcomes(
    customers: PostgresCustomerRepository, emails: Sequence[str]
) -> list[Customer | BaseException]:
    """Исходы регистраций, которые пришли одновременно и потому попали в одну пачку."""
    return await together(*(customers.add(new_customer(email=email)) for email in emails))


async def together(*calls: Awaitable[Registration]) -> list[Customer | BaseException]:
    """Исходы вызовов, сделанных одновременно."""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    return [end.customer if isinstance(end, Registration) else end for end in ended]


def kinds(outcomes: Sequence[object]) -> list[type]:
    """Чем кончилось, без подробностей."""
    return [type(outcome) for outcome in outcomes]


def stored(database: str) -> list[str]:
    """Записанные адреса в порядке номеров."""
    with psycopg.connect(database) as connection:
        return [email for (email,) in connection.execute("SELECT email FROM customers ORDER BY id")]


@asynccontextmanager
async def foreign_transaction(database: str, *emails: str) -> AsyncIterator[None]:
    """Чужая незаконченная транзакция, которая держит адреса."""
    async with await psycopg.AsyncConnection.connect(database) as rival:
        for email in emails:
            await rival.execute(
                "INSERT INTO customers (name, email, registered_at) VALUES ('Rival', %s, now())",
                [email],
            )
        yield
        await rival.rollback()
