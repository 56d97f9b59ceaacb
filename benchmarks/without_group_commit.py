"""Тот же сервис без групповой фиксации: каждая регистрация пишется одна и своей транзакцией.

С аргументом ``bare`` — и без того, что обещает хранилище: срока и независимости от отмены.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import copy_context
from functools import partial

from dependency_injector import providers

from adapters.postgres.registration.lane import Item, WritingLane
from adapters.postgres.registration.registration_request import RegistrationRequest
from adapters.postgres.registration.repository import LIMITS
from adapters.write_observer import WriteObserver
from application.customer_repository import (
    CustomerRepository,
    Outcome,
    Registration,
    RepositoryUnavailableError,
)
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from domain.events import Source
from entrypoints.cli.crm_api import crm_api
from entrypoints.container import Container


class Lanes:
    """Полосы записи, свободные и занятые: их столько, сколько регистраций пишется сразу."""

    def __init__(self, make: Callable[[], WritingLane]) -> None:
        self._make = make
        self._free: list[WritingLane] = []

    async def write(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        """Пишет через свободную полосу, а если такой нет, через новую."""
        lane = self._free.pop() if self._free else self._make()
        try:
            return await lane.write(batch)
        finally:
            self._free.append(lane)

    async def aclose(self) -> None:
        """Закрывает свободные."""
        while self._free:
            await self._free.pop().aclose()


class BareCustomerRepository(CustomerRepository):
    """Пишет сразу, никого не дожидаясь; соединений столько, сколько регистраций сразу."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает покупателя одного."""
        (outcome,) = await self._written(
            [(RegistrationRequest(customer, key, source), copy_context())]
        )
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _written(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        return await self._lanes.write(batch)


class LoneCustomerRepository(BareCustomerRepository):
    """Отвечает в срок, а отмена ждущего не трогает начатой записи — как и в пачке."""

    def __init__(self, lanes: Lanes) -> None:
        super().__init__(lanes)
        self._writing: set[asyncio.Task[Sequence[Outcome]]] = set()

    async def _written(self, batch: Sequence[Item]) -> Sequence[Outcome]:
        writing = asyncio.create_task(self._lanes.write(batch))
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
    make = partial(
        WritingLane, database_url, log_sql=log_sql, observer=observer, on_batch=lambda _: None
    )
    async with aclosing(Lanes(make)) as lanes:
        yield repository(lanes)


if __name__ == "__main__":
    Container.customers.override(
        providers.Resource(
            lone_customers,
            Container.database.url,
            log_sql=Container.settings.provided.log_sql,
            observer=Container.write_observer,
        )
    )
    crm_api(["serve"])
