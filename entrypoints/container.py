"""Единственное место, где части собираются вместе."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from inspect import isawaitable
from pathlib import Path
from threading import Event

from dependency_injector import containers, providers

from adapters.clock import utc_now
from adapters.postgres.embedded import EmbeddedPostgresError, embedded_postgres
from adapters.postgres.migrate import MigrationError, migrate
from adapters.postgres.repository import postgres_customers
from application.register_customer import RegisterCustomer
from entrypoints.http.app import create_app
from entrypoints.settings import load_settings

STARTUP_ERRORS = (EmbeddedPostgresError, MigrationError)
"""Причины, по которым база данных не готова к началу работы; текст каждой — для оператора."""


@contextmanager
def _database_url(given: str | None, data_dir: Path) -> Iterator[str]:
    """Даёт адрес заданной базы данных, а без него — встроенного PostgreSQL."""
    if given is not None:
        yield given
        return
    with embedded_postgres(data_dir) as server:
        yield server.url


async def _resolved[T](value: T | Awaitable[T]) -> T:
    """Дожидается того, что зависит от асинхронного ресурса; остальное возвращает как есть."""
    return await value if isawaitable(value) else value


@asynccontextmanager
async def opened(container: "Container") -> AsyncIterator[RegisterCustomer]:
    """Открывает вариант использования, а в конце закрывает всё, что для него открылось.

    Ресурсы открываются по необходимости: с хранилищем в памяти базы данных не нужно вовсе.
    """
    try:
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
    migrate = providers.Callable(migrate, database_url, log_sql=settings.provided.log_sql)
    customers = providers.Resource(
        postgres_customers, database_url, log_sql=settings.provided.log_sql
    )
    register_customer = providers.Singleton(RegisterCustomer, customers, clock)
    app = providers.Singleton(
        create_app,
        providers.Factory(partial, opened, __self__),
        cors_origins=settings.provided.cors_origins,
    )
