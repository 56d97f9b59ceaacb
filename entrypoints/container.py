"""Контейнер: единственное место, где части собираются вместе."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from inspect import isawaitable
from threading import Event

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from adapters.clock import utc_now
from adapters.memory import InMemoryCustomerRepository
from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.erased_emails import PostgresErasedEmails
from adapters.postgres.libpq_variables import forget_libpq_variables
from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.registration.repository import (
    PostgresCustomerRepository,
    postgres_customers,
)
from adapters.prometheus import (
    BatchedHistogram,
    PrometheusWriteObserver,
    lost_log_lines,
    serve_metrics,
    shared_metrics,
    whole_service,
)
from adapters.write_observer import WriteObserver
from application.customer_records import CustomerRecords
from application.customer_repository import CustomerRepository
from application.data_bound_keys import DataBoundKeys
from application.erase_customer import EraseCustomer, FindCustomer
from application.erased_emails import ErasedEmails
from application.import_customers import ImportCustomers
from application.register_customer import RegisterCustomer
from application.register_discreetly import RegisterDiscreetly
from entrypoints.database_container import Database
from entrypoints.database_url import IN_MEMORY
from entrypoints.delivery_container import Delivery, relaying, wanted_events
from entrypoints.files_container import Files
from entrypoints.http.request_metrics import RequestMetrics
from entrypoints.http_container import Http
from entrypoints.logs import serve_callers
from entrypoints.report_container import Reporting
from entrypoints.settings import Settings, given_settings, settings_of
from entrypoints.shown_settings import shown_settings
from entrypoints.trace_switch import Tracing, switched_tracing
from entrypoints.use_cases import UseCases


def _observer(tracing: Tracing, observer: WriteObserver) -> WriteObserver:
    return tracing.writes(observer)


async def resolved[T](value: T | Awaitable[T]) -> T:
    """Дожидается того, что зависит от асинхронного ресурса; остальное возвращает как есть.

    Дожидается и тогда, когда результата уже не ждут: что открыл ресурс, надо закрыть, а отмены
    посреди открытия dependency-injector не переносит.
    """
    if not isawaitable(value):
        return value
    opening = asyncio.ensure_future(value)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.gather(opening, return_exceptions=True)
        raise


def _kind(settings: Settings) -> str:
    return "memory" if settings.database_url == IN_MEMORY else "postgres"


def _erased_emails(
    customers: CustomerRepository, open_database: Callable[[], str], *, log_sql: bool
) -> ErasedEmails | None:
    """Метки стёртых лежат рядом с покупателями; у чужого хранилища их нет."""
    match customers:
        case InMemoryCustomerRepository():
            return customers
        case PostgresCustomerRepository():
            return PostgresErasedEmails(open_database(), log_sql)
        case _:
            return None


def _is_discreet(settings: Settings) -> bool:
    return not settings.reveal_taken


def _answers(settings: Settings) -> str:
    return "discreet" if _is_discreet(settings) else "revealing"


def _quiet(settings: Settings) -> timedelta:
    return timedelta(hours=settings.repeated_hours)


@asynccontextmanager
async def opened(container: "Container", *, is_prepared: bool = True) -> AsyncIterator[UseCases]:
    """Открывает варианты использования, а в конце закрывает всё, что для них открылось.

    Ресурсы открываются по необходимости: с хранилищем в памяти базы данных не нужно вовсе.

    Args:
        container: собранные части.
        is_prepared: схема базы данных уже приведена к текущей, или трогать её нельзя; иначе это
            делается здесь, если велят настройки.
    """
    with container.database.is_prepared.override(providers.Object(is_prepared)):
        try:
            customers = await resolved(container.customers())
            yield UseCases(
                await resolved(container.register_customer()),
                await resolved(container.register_over_http()),
                await resolved(container.import_customers()),
                customers.ensure_ready,
            )
        finally:
            await resolved(container.shutdown_resources())


@asynccontextmanager
async def _served(container: "Container") -> AsyncIterator[UseCases]:
    """Открывает варианты использования для сервиса: рядом с ними идёт и рассылка."""
    async with (
        opened(container) as use_cases,
        relaying(container.delivery, resolved, use_cases.ensure_ready),
    ):
        yield use_cases


class Container(containers.DeclarativeContainer):
    """Провайдеры всех частей; ресурсы закрываются в порядке, обратном зависимостям."""

    __self__ = providers.Self()

    given_settings = providers.Singleton(given_settings)
    settings = providers.Singleton(settings_of, given_settings)
    shown_settings = providers.Callable(shown_settings, given_settings)
    clock = providers.Object(utc_now)
    stopping = providers.Singleton(Event)

    wanted_events = providers.Callable(wanted_events, settings)
    database = providers.Container(Database, settings=settings, wanted_events=wanted_events)

    shared_metrics = providers.Resource(shared_metrics)
    metrics_registry = providers.Singleton(CollectorRegistry)
    metrics = providers.Singleton(RequestMetrics, metrics_registry, whole_service, BatchedHistogram)
    serve_metrics = providers.Callable(serve_metrics, registry=metrics_registry)
    lost_log_lines = providers.Singleton(lost_log_lines, metrics_registry)
    tracing = providers.Resource(switched_tracing)
    write_observer = providers.Singleton(
        _observer, tracing, providers.Singleton(PrometheusWriteObserver, metrics_registry)
    )

    repository_kind = providers.Callable(_kind, settings)
    delivery = providers.Container(
        Delivery,
        settings=settings,
        wanted=wanted_events,
        clock=clock,
        database_url=database.url,
        prepared_database_url=database.prepared_url,
        repository_kind=repository_kind,
        metrics_registry=metrics_registry,
        tracing=tracing,
    )
    customers = providers.Selector(
        repository_kind,
        postgres=providers.Resource(
            postgres_customers,
            database.prepared_url,
            log_sql=settings.provided.log_sql,
            observer=write_observer,
            on_batch=providers.Object(serve_callers),
            on_written=delivery.on_written,
            trace=tracing.provided.current,
            is_discreet=providers.Callable(_is_discreet, settings),
        ),
        memory=providers.Singleton(InMemoryCustomerRepository, delivery.memory_events),
    )
    dry_run_customers = providers.Selector(
        repository_kind,
        postgres=providers.Resource(
            dry_run_customers, database.prepared_url, log_sql=settings.provided.log_sql
        ),
        memory=providers.Singleton(InMemoryCustomerRepository),
    )
    register_customer = providers.Factory(RegisterCustomer, customers, clock)
    register_over_http = providers.Selector(
        providers.Callable(_answers, settings),
        revealing=register_customer,
        discreet=providers.Factory(
            RegisterDiscreetly,
            providers.Factory(RegisterCustomer, providers.Factory(DataBoundKeys, customers), clock),
            customers,
            clock,
            providers.Callable(_quiet, settings),
            metrics.provided.count_outcome,
        ),
    )
    customer_records: providers.Provider[CustomerRecords] = providers.Factory(
        PostgresCustomerRecords, database.url, log_sql=settings.provided.log_sql
    )
    find_customer = providers.Factory(FindCustomer, customer_records)
    erase_customer = providers.Factory(EraseCustomer, customer_records)
    reporting = providers.Container(
        Reporting, settings=settings, clock=clock, database_url=database.url
    )
    erased_emails = providers.Callable(
        _erased_emails, customers, database.url.provider, log_sql=settings.provided.log_sql
    )
    import_customers = providers.Factory(ImportCustomers, customers, clock, erased_emails)
    files = providers.Container(Files)
    http = providers.Container(
        Http,
        settings=settings,
        metrics=metrics,
        tracing=tracing,
        stopping=stopping,
        opened=providers.Factory(partial, _served, __self__),
    )
    app = http.app


def process_container() -> Container:
    """Создаёт контейнер процесса ``crm-api``: окружение такого процесса — его собственное.

    Если база данных встроенная, переменные libpq (``PG…``) из него уходят: почти всё в адресе
    сказано явно, но служба (``PGSERVICE``) и настройки сеанса спрашиваются и тогда. В чужой
    программе они остаются: с ними она, быть может, ходит к другой базе данных.

    Raises:
        entrypoints.settings.SettingsError: настройки неверны.
    """
    container = Container()
    if container.settings().database_url is None:
        forget_libpq_variables()
    return container
