"""Хранилище покупателей в PostgreSQL: одновременные регистрации фиксируются вместе."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import Context, copy_context
from datetime import datetime

from attrs import evolve

from adapters.batching import (
    Batcher,
    BatcherClosedError,
    BatchingError,
    BatchLimits,
    QueueFullError,
)
from adapters.postgres.registration.lane import Item, WritingLane
from adapters.postgres.registration.readiness import PostgresReadiness
from adapters.postgres.registration.registration_request import RegistrationRequest
from adapters.postgres.registration.repeats import Repeat, RepeatsWriter
from adapters.write_observer import SilentWriteObserver, WriteObserver
from application.customer_repository import (
    CustomerAndKey,
    CustomerRepository,
    Outcome,
    Registration,
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from application.idempotency import IdempotencyKey
from application.repeated_registrations import RepeatedRegistrations
from domain.customer import NewCustomer
from domain.events import Source

_log = logging.getLogger("crm_api.database")

LIMITS = BatchLimits(
    batch=512,
    waiting=4096,
    deadline=4.5,  # ответ должен уложиться в пять секунд
)
"""Пределы групповой фиксации; почему они такие, говорит docs/decisions/0004-group-commit.md."""

# Скрытная просьба пишется дважды, а ответ должен уложиться в то же время.
_FIRST_OF_TWO = evolve(LIMITS, deadline=LIMITS.deadline * 2 / 3)
_SECOND_OF_TWO = evolve(LIMITS, deadline=LIMITS.deadline / 3)

type Groups = Batcher[Sequence[Item], Sequence[Outcome]]
"""Сборщик, вызов которого — уже собранная пачка, не больше ``LIMITS.batch`` просьб."""

_SAMPLE = 1.0  # секунд между замерами нагрузки: Prometheus спрашивает реже
_SILENT = SilentWriteObserver()


class PostgresCustomerRepository(CustomerRepository, RepeatedRegistrations):
    """Записывает покупателей пачками: фиксация одна на многих, кто пришёл за время прошлой."""

    def __init__(
        self,
        batcher: Batcher[Item, Registration],
        groups: Groups,
        readiness: PostgresReadiness,
        trace: Callable[[], str | None] | None = None,
        repeats: Batcher[Repeat, None] | None = None,
    ) -> None:
        """Собирает хранилище.

        Args:
            batcher: пишет просьбы пачками.
            groups: пишет по одной пачки, собранные до него.
            readiness: узнаёт, можно ли писать.
            trace: называет трассу текущей просьбы; ``None`` — трасс не ведут.
            repeats: пишет пачками события о повторных регистрациях; ``None`` — их не оставляют.
        """
        self._batcher = batcher
        self._groups = groups
        self._repeats = repeats
        self._readiness = readiness
        self._trace = trace

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает нового покупателя; возвращается после того, как запись надёжна."""
        try:
            trace = self._trace and self._trace()
            request = RegistrationRequest(customer, key, source, trace)
            return await self._batcher.submit((request, copy_context()))
        except BatchingError as error:
            raise _refusal(error) from None

    async def add_all(
        self, customers: Sequence[CustomerAndKey], source: Source | None
    ) -> Sequence[Outcome]:
        """Записывает покупателей пачкой; возвращается, когда исход каждого надёжен."""
        trace, context = self._trace and self._trace(), copy_context()
        items = [(RegistrationRequest(new, key, source, trace), context) for new, key in customers]
        outcomes: list[Outcome] = []
        for part in itertools.batched(items, LIMITS.batch):
            try:
                outcomes += await self._groups.submit(part)
            except BatchingError as error:
                # Остальных не посылает: адрес может быть тем же.
                return outcomes + [_refusal(error)] * (len(items) - len(outcomes))
        return outcomes

    async def tell_repeated(self, customer_id: int | None, at: datetime, since: datetime) -> None:
        """Оставляет событие; возвращается после того, как запись надёжна, событие это или нет."""
        if self._repeats is None:
            return
        try:
            await self._repeats.submit(
                Repeat(customer_id, at, since, self._trace and self._trace())
            )
        except BatchingError as error:
            raise _refusal(error) from None

    async def ensure_ready(self) -> None:
        """Возвращается, если база данных может записать покупателя."""
        await self._readiness.ensure()


def written_groups(
    write: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]], limits: BatchLimits
) -> Groups:
    """Собирает сборщик, который ничего не собирает: держит лишь очередь, срок и конец.

    Args:
        write: пишет пачку.
        limits: пределы просьб, и тех, что в пачках.
    """

    async def write_each(groups: Sequence[Sequence[Item]]) -> list[Sequence[Outcome]]:
        return [await write(group) for group in groups]

    return Batcher(write_each, evolve(limits, batch=1, waiting=limits.waiting // limits.batch))


def _refusal(error: BatchingError) -> RepositoryUnavailableError:
    match error:
        case QueueFullError():
            return RepositoryOverloadedError("too many registrations are waiting")
        case BatcherClosedError():
            return RepositoryUnavailableError("the service is stopping")
        case _:
            return RepositoryUnavailableError("the database did not answer in time")


@asynccontextmanager
async def postgres_customers(  # noqa: PLR0913 — хозяин всего, что записи нужно снаружи
    database_url: str,
    *,
    log_sql: bool,
    limits: BatchLimits | None = None,
    observer: WriteObserver = _SILENT,
    on_batch: Callable[[Sequence[Context]], None] = lambda _callers: None,
    on_written: Callable[[], None] | None = None,
    trace: Callable[[], str | None] | None = None,
    is_discreet: bool = False,
) -> AsyncIterator[PostgresCustomerRepository]:
    """Открывает хранилище; в конце дописывает принятое и закрывает соединение.

    Соединяется по необходимости: база данных, которой нет, не мешает открыть хранилище.

    Args:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.
        limits: пределы групповой фиксации; ``None`` — обычные.
        observer: кому рассказывать о записи.
        on_batch: узнаёт, ради кого пишется пачка, в той задаче, которая её пишет.
        on_written: узнаёт, что пачка кончилась, если с нею могли появиться и события.
        trace: называет трассу текущей просьбы; ``None`` — трасс не ведут.
        is_discreet: занятый адрес пишется и ждёт диска так же, как свободный.

    Raises:
        ValueError: адрес неверен.
    """
    lane = WritingLane(
        database_url,
        log_sql=log_sql,
        observer=observer,
        on_batch=on_batch,
        on_written=on_written,
        is_discreet=is_discreet,
    )
    limits = limits or (_FIRST_OF_TWO if is_discreet else LIMITS)
    batcher, groups = Batcher(lane.write, limits), written_groups(lane.write, limits)
    writer = RepeatsWriter(lane)
    repeats = Batcher(writer.write, _SECOND_OF_TWO)
    readiness = PostgresReadiness(lane, writer.probe if is_discreet else None)
    # Закрывается всё, даже если ждать последней пачки не дали.
    async with (
        aclosing(lane),
        aclosing(repeats),
        aclosing(groups),
        aclosing(batcher),
        aclosing(readiness),
    ):
        sampling = asyncio.create_task(_sample(lane, batcher, observer))
        sampling.add_done_callback(_told_if_failed)
        try:
            yield PostgresCustomerRepository(batcher, groups, readiness, trace, repeats)
        finally:
            sampling.cancel()


async def _sample(
    lane: WritingLane, batcher: Batcher[Item, Registration], observer: WriteObserver
) -> None:
    """Раз в секунду рассказывает о нагрузке: на каждом запросе это стоило бы дороже."""
    while True:
        is_busy = lane.is_busy
        is_idle = lane.is_open and not is_busy
        observer.load(waiting=batcher.waiting, busy=int(is_busy), idle=int(is_idle))
        await asyncio.sleep(_SAMPLE)


def _told_if_failed(sampling: "asyncio.Task[None]") -> None:
    """Пишет, что замеров нагрузки больше не будет: регистрациям они не нужны."""
    if not sampling.cancelled() and (error := sampling.exception()):
        _log.error("the load is no longer sampled", exc_info=error)
