"""Единственное место, где части собираются вместе."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from inspect import isawaitable
from pathlib import Path
from threading import Event

from attrs import frozen
from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from adapters.clock import utc_now
from adapters.memory import InMemoryCustomerRepository
from adapters.postgres.connection import DatabaseError
from adapters.postgres.embedded import EmbeddedPostgresError, embedded_postgres, has_cluster
from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.key_expiry import forget_keys
from adapters.postgres.schema.upgrade import migrate, schema_status
from adapters.prometheus import PrometheusWriteObserver, shared_metrics, whole_service
from adapters.write_observer import WriteObserver
from application.register_customer import RegisterCustomer
from entrypoints.http.app import create_app
from entrypoints.http.request_metrics import RequestMetrics
from entrypoints.setting_values import IN_MEMORY
from entrypoints.settings import Settings, load_settings

STARTUP_ERRORS = (EmbeddedPostgresError, DatabaseError)
"""Причины, по которым база данных не готова к работе; текст каждой — строка для оператора."""


_log = logging.getLogger("crm_api.container")

# OpenTelemetry, OTLP Exporter Configuration.
_TRACES_GO_TO = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@contextmanager
def _database_url(given: str | None, data_dir: Path) -> Iterator[str]:
    """Даёт адрес заданной базы данных, а без него — встроенного PostgreSQL."""
    if given is not None:
        yield given
        return
    with embedded_postgres(data_dir) as server:
        yield server.url


@frozen
class Tracing:
    """Что трассы окружают; без них — ничего.

    Attributes:
        requests: слой ASGI вокруг приложения.
        writes: наблюдатель за записью вокруг другого.
    """

    requests: Callable[[ASGIApp], ASGIApp] = lambda app: app
    writes: Callable[[WriteObserver], WriteObserver] = lambda observer: observer


@contextmanager
def _tracing(environ: Mapping[str, str] = os.environ) -> Iterator[Tracing]:
    """Включает трассы, если OpenTelemetry сказано, куда их слать, и он установлен."""
    if not any(environ.get(name) for name in _TRACES_GO_TO):
        yield Tracing()
        return
    try:
        from adapters.opentelemetry import TracedWrites, exported_traces  # noqa: PLC0415 — extra
        from entrypoints.http.tracing import traced_requests  # noqa: PLC0415 — extra
    except ImportError:
        _log.warning("no traces: OTEL_ variables are set, but crm-api[otel] is not installed")
        yield Tracing()
        return
    with exported_traces() as provider:
        yield Tracing(traced_requests(provider), partial(TracedWrites, provider))


def _observer(tracing: Tracing, observer: WriteObserver) -> WriteObserver:
    return tracing.writes(observer)


async def _resolved[T](value: T | Awaitable[T]) -> T:
    """Дожидается того, что зависит от асинхронного ресурса; остальное возвращает как есть."""
    return await value if isawaitable(value) else value


async def _to_its_end(work: Awaitable[None]) -> None:
    """Дожидается работы потока, даже если его уже не ждут: закрывать надо и то, что он открыл."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _has_database(settings: Settings) -> bool:
    """Говорит, есть ли уже база данных: встроенной до первого запуска нет."""
    return settings.database_url is not None or has_cluster(settings.data_dir)


def _kind(settings: Settings) -> str:
    return "memory" if settings.database_url == IN_MEMORY else "postgres"


def prepare_database(container: "Container") -> None:
    """Открывает базу данных и, если настройки велят, приводит схему к текущей.

    Ничего не делает, если хранилище базы данных не просит: живёт в памяти или подменено.

    Raises:
        entrypoints.settings.SettingsError: настройки неверны.
        STARTUP_ERRORS: база данных не готова.
    """
    settings = container.settings()
    # traverse обходит и то, что подменено: смотреть надо на подмену.
    repository = (container.customers.overridden or (container.customers,))[-1]
    needed = repository.traverse(types=[providers.Resource])
    if settings.database_url == IN_MEMORY or container.database_url not in needed:
        return
    container.database_url()
    if settings.auto_migrate:
        container.migrate()


@asynccontextmanager
async def opened(
    container: "Container", *, is_prepared: bool = True
) -> AsyncIterator[RegisterCustomer]:
    """Открывает вариант использования, а в конце закрывает всё, что для него открылось.

    Ресурсы открываются по необходимости: с хранилищем в памяти базы данных не нужно вовсе.

    Args:
        container: собранные части.
        is_prepared: ``prepare_database`` уже сделано; иначе делается здесь, в другом потоке.
    """
    try:
        if not is_prepared:
            await _to_its_end(asyncio.to_thread(prepare_database, container))
        yield await _resolved(container.register_customer())
    finally:
        await _resolved(container.shutdown_resources())


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
    migrate = providers.Callable(migrate, database_url, log_sql=settings.provided.log_sql)
    schema_status = providers.Callable(
        schema_status, database_url, log_sql=settings.provided.log_sql
    )
    audit = providers.Callable(audit, database_url, log_sql=settings.provided.log_sql)
    forget_keys = providers.Callable(forget_keys, database_url, log_sql=settings.provided.log_sql)

    shared_metrics = providers.Resource(shared_metrics)
    metrics_registry = providers.Singleton(CollectorRegistry)
    metrics = providers.Singleton(RequestMetrics, metrics_registry, whole_service)
    tracing = providers.Resource(_tracing)
    write_observer = providers.Singleton(
        _observer, tracing, providers.Singleton(PrometheusWriteObserver, metrics_registry)
    )

    repository_kind = providers.Callable(_kind, settings)
    customers = providers.Selector(
        repository_kind,
        postgres=providers.Resource(
            postgres_customers,
            database_url,
            log_sql=settings.provided.log_sql,
            observer=write_observer,
        ),
        memory=providers.Singleton(InMemoryCustomerRepository),
    )
    dry_run_customers = providers.Selector(
        repository_kind,
        postgres=providers.Resource(
            dry_run_customers, database_url, log_sql=settings.provided.log_sql
        ),
        memory=providers.Singleton(InMemoryCustomerRepository),
    )
    register_customer = providers.Factory(RegisterCustomer, customers, clock)
    app = providers.Singleton(
        create_app,
        providers.Factory(partial, opened, __self__),
        cors_origins=settings.provided.cors_origins,
        metrics=metrics,
        is_stopping=stopping.provided.is_set,
        traced=tracing.provided.requests,
    )
