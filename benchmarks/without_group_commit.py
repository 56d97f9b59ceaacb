"""Тот же сервис без групповой фиксации: каждая регистрация пишется одна и своей транзакцией.

С аргументом ``bare`` — и без того, что обещает хранилище: срока и независимости от отмены.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import copy_context

from dependency_injector import providers

from adapters.postgres.registration.observed_writer import ObservedRequest, ObservedWriter
from adapters.postgres.registration.outcomes import Outcome
from adapters.postgres.registration.repository import LIMITS
from adapters.postgres.registration.request import RegistrationRequest
from adapters.postgres.registration.writer import BatchWriter
from adapters.write_observer import WriteObserver
from application.customer_repository import (
    CustomerRepository,
    Registration,
    RepositoryUnavailableError,
)
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from entrypoints.cli.crm_api import crm_api
from entrypoints.container import Container


class BareCustomerRepository(CustomerRepository):
    """Пишет сразу, никого не дожидаясь; соединений столько, сколько регистраций сразу."""

    def __init__(self, write: ObservedWriter) -> None:
        self._write = write

    async def add(self, customer: NewCustomer, key: IdempotencyKey | None = None) -> Registration:
        """Записывает покупателя одного."""
        (outcome,) = await self._written([(RegistrationRequest(customer, key), copy_context())])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _written(self, batch: Sequence[ObservedRequest]) -> Sequence[Outcome]:
        return await self._write(batch)


class LoneCustomerRepository(BareCustomerRepository):
    """Отвечает в срок, а отмена ждущего не трогает начатой записи — как и в пачке."""

    def __init__(self, write: ObservedWriter) -> None:
        super().__init__(write)
        self._writing: set[asyncio.Task[Sequence[Outcome]]] = set()

    async def _written(self, batch: Sequence[ObservedRequest]) -> Sequence[Outcome]:
        writing = asyncio.create_task(self._write(batch))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        try:
            async with asyncio.timeout(LIMITS.deadline):
                return await asyncio.shield(writing)
        except TimeoutError:
            raise RepositoryUnavailableError("the database did not answer in time") from None


@asynccontextmanager
async def lone_customers(
    database_url: str, *, log_sql: bool, observer: WriteObserver
) -> AsyncIterator[CustomerRepository]:
    """Открывает хранилище и в конце закрывает соединения."""
    repository = BareCustomerRepository if "bare" in sys.argv[1:] else LoneCustomerRepository
    async with aclosing(BatchWriter(database_url, log_sql=log_sql, observer=observer)) as writer:
        yield repository(ObservedWriter(writer, observer, lambda _: None))


if __name__ == "__main__":
    Container.customers.override(
        providers.Resource(
            lone_customers,
            Container.database_url,
            log_sql=Container.settings.provided.log_sql,
            observer=Container.write_observer,
        )
    )
    crm_api(["serve"])
