"""Хранилище покупателей в PostgreSQL: одновременные регистрации фиксируются вместе."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.coalescer import (
    Coalescer,
    CoalescerClosedError,
    DeadlinePassedError,
    Limits,
    QueueFullError,
)
from adapters.postgres.writer import BatchWriter
from application.customer_repository import CustomerRepository, RepositoryUnavailableError
from domain.customer import Customer, NewCustomer

LIMITS = Limits(
    batch=512,
    waiting=4096,
    concurrency=1,
    deadline=4.5,  # ответ должен уложиться в пять секунд
)
"""Пределы групповой фиксации; чем они выбраны, говорит docs/architecture.md."""


class PostgresCustomerRepository(CustomerRepository):
    """Записывает покупателей пачками: фиксация одна на всех, кто пришёл за время прошлой."""

    def __init__(self, write: Coalescer[NewCustomer, Customer]) -> None:
        self._write = write

    async def add(self, customer: NewCustomer) -> Customer:
        """Записывает нового покупателя; возвращается после того, как запись надёжна."""
        try:
            return await self._write(customer)
        except QueueFullError:
            raise RepositoryUnavailableError("too many registrations are waiting") from None
        except DeadlinePassedError:
            raise RepositoryUnavailableError("the database did not answer in time") from None
        except CoalescerClosedError:
            raise RepositoryUnavailableError("the service is stopping") from None


@asynccontextmanager
async def postgres_customers(
    database_url: str, *, log_sql: bool, limits: Limits = LIMITS
) -> AsyncIterator[PostgresCustomerRepository]:
    """Открывает хранилище; в конце дописывает принятое и закрывает соединения.

    Соединяется по необходимости: база данных, которой нет, не мешает открыть хранилище.

    Raises:
        adapters.postgres.connection.InvalidDatabaseUrlError: адрес неверен.
    """
    writer = BatchWriter(database_url, log_sql=log_sql)
    coalescer = Coalescer(writer, limits)
    try:
        yield PostgresCustomerRepository(coalescer)
    finally:
        await coalescer.aclose()
        await writer.aclose()
