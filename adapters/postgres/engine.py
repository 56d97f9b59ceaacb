"""Соединения с PostgreSQL по адресу libpq и журнал SQL."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_sql_log = logging.getLogger("crm_api.sql")

# Адрес целиком понимает libpq (несколько узлов в том числе), поэтому SQLAlchemy получает
# не его, а готовые соединения.
_DIALECT_ONLY = "postgresql+psycopg://"
_POOL_SIZE = 10
_POOL_TIMEOUT = 3.0  # секунд ожидания свободного соединения


class InvalidDatabaseUrlError(Exception):
    """Адрес базы данных не разобрать; в тексте нет пароля."""


def connection_arguments(database_url: str) -> dict[str, Any]:
    """Разбирает адрес libpq и добавляет пределы ожидания, которых в нём нет.

    Raises:
        InvalidDatabaseUrlError: адрес неверен.
    """
    try:
        given = conninfo_to_dict(database_url)
    except psycopg.ProgrammingError:
        # Текст libpq повторяет адрес, а в нём бывает пароль.
        raise InvalidDatabaseUrlError(
            "the database URL is not a libpq URL like postgresql://user:password@host:5432/name"
        ) from None
    defaults = {"application_name": "crm-api", "connect_timeout": 3}
    return defaults | given


@asynccontextmanager
async def async_engine(database_url: str, *, log_sql: bool) -> AsyncIterator[AsyncEngine]:
    """Открывает пул соединений с автофиксацией и закрывает его в конце."""
    arguments = connection_arguments(database_url)

    async def connect() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(**arguments)

    engine = create_async_engine(
        _DIALECT_ONLY,
        async_creator=connect,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        max_overflow=0,
        # Соединения, оборванные перезапуском сервера, не должны стоить кому-то регистрации.
        pool_pre_ping=True,
        pool_size=_POOL_SIZE,
        pool_timeout=_POOL_TIMEOUT,
    )
    if log_sql:
        _log_statements(engine.sync_engine)
    try:
        yield engine
    finally:
        await engine.dispose()


@contextmanager
def connection(database_url: str, *, log_sql: bool) -> Iterator[Connection]:
    """Открывает одно соединение и транзакцию на нём: для миграций."""
    arguments = connection_arguments(database_url)
    engine = create_engine(
        _DIALECT_ONLY,
        creator=lambda: psycopg.connect(**arguments),
        hide_parameters=True,
        pool_size=1,
    )
    if log_sql:
        _log_statements(engine)
        _log_transactions(engine)
    try:
        with engine.begin() as opened:
            yield opened
    finally:
        engine.dispose()


def _log_statements(engine: Engine) -> None:
    """Пишет в журнал каждую команду SQL одной строкой и без параметров: в них личные данные."""

    @event.listens_for(engine, "before_cursor_execute")
    def log_statement(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        _sql_log.info("%s", " ".join(sql.split()))


def _log_transactions(engine: Engine) -> None:
    for name in ("begin", "commit", "rollback"):

        @event.listens_for(engine, name)
        def log_command(_connection: object, *, command: str = name.upper()) -> None:
            _sql_log.info("%s", command)
