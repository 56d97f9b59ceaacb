"""Часть контейнера: база данных, своя или заданная, и всё, что с ней делают помимо регистраций."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dependency_injector import containers, providers

from adapters.postgres.connection import DatabaseError
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
from adapters.postgres.libpq_variables import libpq_variables
from adapters.postgres.schema.adoption import check_adoptable
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.key_expiry import forget_keys
from adapters.postgres.schema.upgrade import migrate, schema_status
from entrypoints.database_url import IN_MEMORY
from entrypoints.settings import Settings

STARTUP_ERRORS = (EmbeddedPostgresError, DatabaseError)
"""Причины, по которым база данных не готова к работе; текст каждой — строка для оператора."""


@contextmanager
def _url(given: str | None, data_dir: Path) -> Iterator[str]:
    """Даёт адрес заданной базы данных, а без него — встроенного PostgreSQL."""
    if given is not None:
        yield given
        return
    with embedded_postgres(data_dir) as server:
        yield server.url


def _exists(settings: Settings) -> bool:
    """Говорит, есть ли уже база данных: встроенной до первого запуска нет."""
    return settings.database_url is not None or has_cluster(settings.data_dir)


def _libpq_variables(settings: Settings) -> dict[str, str | None]:
    """Переменные, которыми libpq дополнит заданный адрес; у встроенного PostgreSQL таких нет."""
    if settings.database_url is None or settings.database_url == IN_MEMORY:
        return {}
    return libpq_variables(settings.database_url)


def _advice(settings: Settings) -> str | None:
    """Совет о кластере встроенного PostgreSQL; о чужой базе данных советов нет."""
    return None if settings.database_url is not None else advice(settings.data_dir)


def _prepare(
    open_database: Callable[[], str],
    migrate: Callable[[], None],
    subscribe: Callable[[], None],
    *,
    auto_migrate: bool,
    has_subscribers: Collection[str],
) -> str:
    """Делает всё, что делают с базой данных до начала, и возвращает её адрес."""
    url = open_database()
    if auto_migrate:
        migrate()
    if has_subscribers:
        subscribe()
    return url


async def _prepared_url(
    open_database: Callable[[], str], prepare: Callable[[], str], *, is_prepared: bool
) -> str:
    """Возвращает адрес базы данных, с которой всё нужное до начала уже сделано.

    И запуск встроенного сервера, и миграции ждут; поэтому они идут в другом потоке.
    """
    return open_database() if is_prepared else await asyncio.to_thread(prepare)


class Database(containers.DeclarativeContainer):
    """Провайдеры базы данных; остальное даёт ``Container``."""

    settings: providers.Dependency[Any] = providers.Dependency()
    wanted_events: providers.Dependency[Any] = providers.Dependency()

    data_dir = settings.provided.data_dir
    log_sql = settings.provided.log_sql

    url = providers.Resource(_url, given=settings.provided.database_url, data_dir=data_dir)
    exists = providers.Callable(_exists, settings)
    libpq_variables = providers.Callable(_libpq_variables, settings)
    advice = providers.Callable(_advice, settings)
    back_up = providers.Callable(back_up, data_dir)
    restore = providers.Callable(restore, data_dir)
    upgrade = providers.Callable(upgrade, data_dir)

    subscribe = providers.Callable(subscribe, url, wanted_events, log_sql=log_sql)
    migrate = providers.Callable(migrate, url, log_sql=log_sql)
    schema_status = providers.Callable(schema_status, url, log_sql=log_sql)
    check_adoptable = providers.Callable(check_adoptable, url, log_sql=log_sql)
    audit = providers.Callable(audit, url, log_sql=log_sql)
    forget_keys = providers.Callable(forget_keys, url, log_sql=log_sql)

    prepare = providers.Callable(
        _prepare,
        url.provider,
        migrate.provider,
        subscribe.provider,
        auto_migrate=settings.provided.auto_migrate,
        has_subscribers=wanted_events,
    )
    is_prepared = providers.Object(True)  # noqa: FBT003 — значение провайдера
    prepared_url = providers.Resource(
        _prepared_url, url.provider, prepare.provider, is_prepared=is_prepared
    )
