"""Хранилище покупателей в PostgreSQL: одновременные регистрации фиксируются вместе."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import Context, copy_context

from adapters.batching import (
    Coalescer,
    CoalescerClosedError,
    DeadlinePassedError,
    Limits,
    QueueFullError,
)
from adapters.postgres.registration.observed_writer import ObservedRequest, ObservedWriter
from adapters.postgres.registration.readiness import PostgresReadiness
from adapters.postgres.registration.request import RegistrationRequest
from adapters.postgres.registration.writer import BatchWriter
from adapters.write_observer import SilentWriteObserver, WriteObserver
from application.customer_repository import (
    CustomerRepository,
    Registration,
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer

_log = logging.getLogger("crm_api.database")

LIMITS = Limits(
    batch=512,
    waiting=4096,
    concurrency=1,
    deadline=4.5,  # ответ должен уложиться в пять секунд
)
"""Пределы групповой фиксации; почему они такие, говорит docs/decisions/0004-group-commit.md."""

_SILENT = SilentWriteObserver()


class PostgresCustomerRepository(CustomerRepository):
    """Записывает покупателей пачками: фиксация одна на всех, кто пришёл за время прошлой."""

    def __init__(
        self, write: Coalescer[ObservedRequest, Registration], readiness: PostgresReadiness
    ) -> None:
        self._write = write
        self._readiness = readiness

    async def add(self, customer: NewCustomer, key: IdempotencyKey | None = None) -> Registration:
        """Записывает нового покупателя; возвращается после того, как запись надёжна."""
        try:
            return await self._write((RegistrationRequest(customer, key), copy_context()))
        except QueueFullError:
            raise RepositoryOverloadedError("too many registrations are waiting") from None
        except DeadlinePassedError:
            raise RepositoryUnavailableError("the database did not answer in time") from None
        except CoalescerClosedError:
            raise RepositoryUnavailableError("the service is stopping") from None

    async def ensure_ready(self) -> None:
        """Возвращается, если база данных может записать покупателя."""
        await self._readiness.ensure()


@asynccontextmanager
async def postgres_customers(
    database_url: str,
    *,
    log_sql: bool,
    limits: Limits = LIMITS,
    observer: WriteObserver = _SILENT,
    on_batch: Callable[[Sequence[Context]], None] = lambda _callers: None,
) -> AsyncIterator[PostgresCustomerRepository]:
    """Открывает хранилище; в конце дописывает принятое и закрывает соединения.

    Соединяется по необходимости: база данных, которой нет, не мешает открыть хранилище.

    Args:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.
        limits: пределы групповой фиксации.
        observer: кому рассказывать о записи.
        on_batch: узнаёт, ради кого пишется пачка, в той задаче, которая её пишет.

    Raises:
        ValueError: адрес неверен.
    """
    readiness = PostgresReadiness(database_url, log_sql=log_sql)
    writer = BatchWriter(database_url, log_sql=log_sql, observer=observer)
    observed = ObservedWriter(writer, observer, on_batch)
    coalescer = Coalescer(observed, limits)
    # Закрывается всё, даже если ждать последних пачек не дали.
    async with aclosing(readiness), aclosing(writer), aclosing(coalescer):
        sampling = asyncio.create_task(observed.sample(lambda: coalescer.waiting))
        sampling.add_done_callback(_told_if_failed)
        try:
            yield PostgresCustomerRepository(coalescer, readiness)
        finally:
            sampling.cancel()


def _told_if_failed(sampling: "asyncio.Task[None]") -> None:
    """Пишет, что замеров нагрузки больше не будет: регистрациям они не нужны."""
    if not sampling.cancelled() and (error := sampling.exception()):
        _log.error("the load is no longer sampled", exc_info=error)
