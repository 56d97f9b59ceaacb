"""Соединения с PostgreSQL по адресу libpq и журнал SQL."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, create_engine, event

sql_log = logging.getLogger("crm_api.sql")
"""Каждая команда SQL одной строкой и без параметров: в них личные данные."""


# Молчащую сеть замечает ядро: каждый запрос должен быть отвечен за пять секунд.
_DEFAULTS = {
    "application_name": "crm-api",
    "connect_timeout": 2,  # секунд на узел
    "keepalives_idle": 2,  # секунд тишины до первой проверки
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 3000,  # миллисекунд без подтверждения отправленного
}
# Тексты посылаются в UTF-8, что бы ни велели роль, база данных и адрес.
_REQUIRED = {"client_encoding": "UTF8"}


class InvalidDatabaseUrlError(Exception):
    """Адрес базы данных не разобрать; в тексте нет пароля."""


def connection_arguments(database_url: str) -> dict[str, Any]:
    """Разбирает адрес libpq и добавляет пределы ожидания, которых в нём нет.

    Raises:
        InvalidDatabaseUrlError: адрес неверен.
    """
    try:
        given = conninfo_to_dict(database_url)
    except (psycopg.ProgrammingError, UnicodeError):
        # Текст ошибки повторяет адрес, а в нём бывает пароль.
        raise InvalidDatabaseUrlError(
            "the database URL is not a libpq URL like postgresql://user:password@host:5432/name"
        ) from None
    return _DEFAULTS | given | _REQUIRED


@contextmanager
def transaction(database_url: str, *, log_sql: bool) -> Iterator[Connection]:
    """Открывает одно соединение SQLAlchemy и транзакцию на нём: для миграций."""
    arguments = connection_arguments(database_url)
    engine = create_engine(
        # Адрес целиком понимает libpq (несколько узлов в том числе), поэтому SQLAlchemy
        # получает не его, а готовое соединение.
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(**arguments),
        hide_parameters=True,
        pool_size=1,
    )
    if log_sql:
        _log_statements(engine)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _log_statements(engine: Engine) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def log_statement(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        sql_log.info("%s", " ".join(sql.split()))

    for name in ("begin", "commit", "rollback"):

        @event.listens_for(engine, name)
        def log_command(_connection: object, *, command: str = name.upper()) -> None:
            sql_log.info("%s", command)
