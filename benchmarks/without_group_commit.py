"""Тот же сервис без групповой фиксации: каждая регистрация пишется одна и своей транзакцией."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from contextvars import copy_context

from dependency_injector import providers

from adapters.postgres.observed import ObservedWriter
from adapters.postgres.observer import WriteObserver
from adapters.postgres.registration_request import RegistrationRequest
from adapters.postgres.writer import BatchWriter
from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from entrypoints.cli.commands import crm_api
from entrypoints.container import Container


class LoneCustomerRepository(CustomerRepository):
    """Пишет сразу, никого не дожидаясь; соединений столько, сколько регистраций сразу."""

    def __init__(self, write: ObservedWriter) -> None:
        self._write = write

    async def add(self, customer: NewCustomer, key: IdempotencyKey | None = None) -> Registration:
        """Записывает покупателя одного."""
        (outcome,) = await self._write([(RegistrationRequest(customer, key), copy_context())])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@asynccontextmanager
async def lone_customers(
    database_url: str, *, log_sql: bool, observer: WriteObserver
) -> AsyncIterator[LoneCustomerRepository]:
    """Открывает хранилище и в конце закрывает соединения."""
    async with aclosing(BatchWriter(database_url, log_sql=log_sql, observer=observer)) as writer:
        yield LoneCustomerRepository(ObservedWriter(writer, observer))


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
