"""Контейнер: единственное место, где части собираются вместе."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from inspect import isawaitable
from pathlib import Path
from threading import Event

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from adapters.clock import utc_now
from adapters.csv.file import CsvFile
from adapters.csv.file_options import CsvOptions
from adapters.csv.findings import Finding as CsvFinding
from adapters.csv.opening import opened_csv
from adapters.csv.rejects import AlreadyThere, Rejects, opened_already_there, opened_rejects
from adapters.memory import InMemoryCustomerRepository
from adapters.postgres.connection import DatabaseError, forget_libpq_variables, libpq_variables
from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.delivery.operations import subscribe
from adapters.postgres.embedded import (
    EmbeddedPostgresError,
    advice,
    back_up,
    embedded_postgres,
    has_cluster,
    restore,
    upgrade,
)
from adapters.postgres.erased_emails import PostgresErasedEmails
from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.registration.repository import (
    PostgresCustomerRepository,
    postgres_customers,
)
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.key_expiry import forget_keys
from adapters.postgres.schema.upgrade import migrate, schema_status
from adapters.prometheus import (
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
from entrypoints.database_url import IN_MEMORY
from entrypoints.delivery_container import Delivery, relaying, wanted_events
from entrypoints.http.app import create_app
from entrypoints.http.cors import CorsPolicy
from entrypoints.http.fast_path import FastPath
from entrypoints.http.rate_limit import rate_limit
from entrypoints.http.register_endpoint import RegisterEndpoint
from entrypoints.http.request_lifecycle import RequestLifecycle
from entrypoints.http.request_metrics import RequestMetrics
from entrypoints.logs import serve_callers
from entrypoints.report_container import Reporting
from entrypoints.settings import Settings, load_settings
from entrypoints.trace_switch import Tracing, switched_tracing
from entrypoints.use_cases import UseCases

type ImportedFile = CsvFile
"""Файл, который загружает ``crm-api import``."""

type Finding = CsvFinding
"""Замеченное в ячейках этого файла."""

type AlreadyThereFile = AlreadyThere
"""Файл уже бывших этой команды."""

type RejectsFile = Rejects
"""Файл отказов этой команды."""

STARTUP_ERRORS = (EmbeddedPostgresError, DatabaseError)
"""Причины, по которым база данных не готова к работе; текст каждой — строка для оператора."""


@contextmanager
def _database_url(given: str | None, data_dir: Path) -> Iterator[str]:
    """Даёт адрес заданной базы данных, а без него — встроенного PostgreSQL."""
    if given is not None:
        yield given
        return
    with embedded_postgres(data_dir) as server:
        yield server.url


def _observer(tracing: Tracing, observer: WriteObserver) -> WriteObserver:
    return tracing.writes(observer)


def _fast_path(
    tracing: Tracing, lifecycle: RequestLifecycle, endpoint: RegisterEndpoint
) -> FastPath | None:
    """Даёт короткий путь; с трассами его нет: отрезок запроса ведёт слой ASGI."""
    return None if tracing.is_on else FastPath(lifecycle, endpoint)


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


def _has_database(settings: Settings) -> bool:
    """Говорит, есть ли уже база данных: встроенной до первого запуска нет."""
    return settings.database_url is not None or has_cluster(settings.data_dir)


def _libpq_variables(settings: Settings) -> dict[str, str | None]:
    """Переменные, которыми libpq дополнит заданный адрес; у встроенного PostgreSQL таких нет."""
    if settings.database_url is None or settings.database_url == IN_MEMORY:
        return {}
    return libpq_variables(settings.database_url)


def _database_advice(settings: Settings) -> str | None:
    """Совет о кластере встроенного PostgreSQL; о чужой базе данных советов нет."""
    return None if settings.database_url is not None else advice(settings.data_dir)


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


async def _prepared_database(  # noqa: PLR0913 — всё, что делают с базой данных до начала
    open_database: Callable[[], str],
    migrate: Callable[[], None],
    subscribe: Callable[[], None],
    *,
    auto_migrate: bool,
    has_subscribers: Collection[str],
    is_prepared: bool,
) -> str:
    """Открывает базу данных, приводит её схему к текущей и возвращает адрес.

    И запуск встроенного сервера, и миграции ждут; поэтому они идут в другом потоке.
    """

    def prepare() -> str:
        database_url = open_database()
        if auto_migrate:
            migrate()
        if has_subscribers:
            subscribe()
        return database_url

    return open_database() if is_prepared else await asyncio.to_thread(prepare)


@asynccontextmanager
async def opened(container: "Container", *, is_prepared: bool = True) -> AsyncIterator[UseCases]:
    """Открывает варианты использования, а в конце закрывает всё, что для них открылось.

    Ресурсы открываются по необходимости: с хранилищем в памяти базы данных не нужно вовсе.

    Args:
        container: собранные части.
        is_prepared: схема базы данных уже приведена к текущей, или трогать её нельзя; иначе это
            делается здесь, если велят настройки.
    """
    with container.is_prepared.override(providers.Object(is_prepared)):
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

    settings = providers.Singleton(load_settings)
    clock = providers.Object(utc_now)
    stopping = providers.Singleton(Event)

    database_url = providers.Resource(
        _database_url, given=settings.provided.database_url, data_dir=settings.provided.data_dir
    )
    has_database = providers.Callable(_has_database, settings)
    libpq_variables = providers.Callable(_libpq_variables, settings)
    database_advice = providers.Callable(_database_advice, settings)
    back_up = providers.Callable(back_up, settings.provided.data_dir)
    restore = providers.Callable(restore, settings.provided.data_dir)
    upgrade_database = providers.Callable(upgrade, settings.provided.data_dir)
    wanted_events = providers.Callable(wanted_events, settings)
    subscribe = providers.Callable(
        subscribe, database_url, wanted_events, log_sql=settings.provided.log_sql
    )
    migrate = providers.Callable(migrate, database_url, log_sql=settings.provided.log_sql)
    schema_status = providers.Callable(
        schema_status, database_url, log_sql=settings.provided.log_sql
    )
    is_prepared = providers.Object(True)  # noqa: FBT003 — значение провайдера
    prepared_database_url = providers.Resource(
        _prepared_database,
        database_url.provider,
        migrate.provider,
        subscribe.provider,
        has_subscribers=wanted_events,
        auto_migrate=settings.provided.auto_migrate,
        is_prepared=is_prepared,
    )
    audit = providers.Callable(audit, database_url, log_sql=settings.provided.log_sql)
    forget_keys = providers.Callable(forget_keys, database_url, log_sql=settings.provided.log_sql)

    shared_metrics = providers.Resource(shared_metrics)
    metrics_registry = providers.Singleton(CollectorRegistry)
    metrics = providers.Singleton(RequestMetrics, metrics_registry, whole_service)
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
        database_url=database_url,
        prepared_database_url=prepared_database_url,
        repository_kind=repository_kind,
        metrics_registry=metrics_registry,
        tracing=tracing,
    )
    customers = providers.Selector(
        repository_kind,
        postgres=providers.Resource(
            postgres_customers,
            prepared_database_url,
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
            dry_run_customers, prepared_database_url, log_sql=settings.provided.log_sql
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
        PostgresCustomerRecords, database_url, log_sql=settings.provided.log_sql
    )
    find_customer = providers.Factory(FindCustomer, customer_records)
    erase_customer = providers.Factory(EraseCustomer, customer_records)
    reporting = providers.Container(
        Reporting, settings=settings, clock=clock, database_url=database_url
    )
    erased_emails = providers.Callable(
        _erased_emails, customers, database_url.provider, log_sql=settings.provided.log_sql
    )
    import_customers = providers.Factory(ImportCustomers, customers, clock, erased_emails)
    file_options = providers.Factory(CsvOptions)
    imported_file = providers.Factory(opened_csv)
    rejects = providers.Factory(opened_rejects)
    already_there = providers.Factory(opened_already_there)
    rate_limit = providers.Singleton(
        rate_limit, settings.provided.rate_limit, settings.provided.trusted_proxies
    )
    register_endpoint = providers.Singleton(
        RegisterEndpoint,
        metrics.provided.count_replay,
        metrics.provided.count_refusal,
        rate_limit,
        strict_fields=settings.provided.strict_fields,
    )
    lifecycle = providers.Singleton(
        RequestLifecycle,
        providers.Factory(CorsPolicy, settings.provided.cors_origins),
        metrics.provided.observer,
    )
    fast_path = providers.Callable(_fast_path, tracing, lifecycle, register_endpoint)
    app = providers.Singleton(
        create_app,
        providers.Factory(partial, _served, __self__),
        public_url=settings.provided.public_url,
        strict_fields=settings.provided.strict_fields,
        reveal_taken=settings.provided.reveal_taken,
        cors_origins=settings.provided.cors_origins,
        operations_port=settings.provided.operations_port,
        metrics=metrics,
        lifecycle=lifecycle,
        endpoint=register_endpoint,
        is_stopping=stopping.provided.is_set,
        traced=tracing.provided.requests,
    )


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
