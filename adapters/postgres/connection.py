"""Соединения с PostgreSQL по адресу libpq и журнал SQL."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, create_engine, event, exc

from adapters.postgres.refusal_text import said_with_advice

sql_log = logging.getLogger("crm_api.sql")
"""Каждая команда SQL без параметров: в них личные данные."""

_told: set[str] = set()

# Молчащую сеть замечает ядро: каждый запрос должен быть отвечен за пять секунд.
_DEFAULTS = {
    "application_name": "crm-api",
    "connect_timeout": 2,  # секунд на узел
    "keepalives_idle": 2,  # секунд тишины до первой проверки
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 3000,  # миллисекунд без подтверждения отправленного
}
# Текст идёт в libpq и обратно байтами UTF-8, какой бы ни была кодировка самой базы данных.
_ENCODING = {"client_encoding": "UTF8"}
# 08 — связь, 53 — кончились место или соединения, 57 — остановка (PostgreSQL, Appendix A).
_AWAY = ("08", "53", "57")


class DatabaseError(Exception):
    """База данных недоступна или отказала; текст — одна строка без личных данных."""


class DatabaseAwayError(DatabaseError):
    """База данных недоступна сейчас: связи нет, сервер останавливается или занят до отказа."""


def log_statement(name: str, sql: str, level: int = logging.INFO) -> None:
    """Пишет в журнал имя команды.

    Сам текст в сотни знаков пишется, когда команда исполняется в этом процессе впервые; с порогом
    DEBUG — каждый раз.
    """
    if not sql_log.isEnabledFor(level):
        return
    if sql in _told and not sql_log.isEnabledFor(logging.DEBUG):
        sql_log.log(level, "%s", name)
    else:
        _told.add(sql)
        sql_log.log(level, "%s: %s", name, sql)


def connection_arguments(database_url: str) -> dict[str, Any]:
    """Разбирает адрес libpq, добавляет пределы ожидания, которых в нём нет, и кодировку.

    Raises:
        ValueError: адрес неверен; в тексте его нет.
    """
    try:
        given = conninfo_to_dict(database_url)
    except (psycopg.ProgrammingError, UnicodeError):
        # Текст ошибки повторяет адрес, а в нём бывает пароль.
        raise ValueError("the database URL is not one that libpq understands") from None
    return _DEFAULTS | given | _ENCODING


@contextmanager
def engine(database_url: str, *, log_sql: bool, sees_all: bool = False) -> Iterator[Engine]:
    """Даёт SQLAlchemy одно соединение: для миграций и работ оператора.

    Args:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.
        sees_all: неполный ответ хуже отказа: если защита строк скрыла бы хоть одну, сервер откажет.

    Raises:
        DatabaseError: внутри блока база данных отказала или до неё не добраться.
        ValueError: адрес неверен.
    """
    arguments = connection_arguments(database_url)
    engine = create_engine(
        # Адрес целиком понимает libpq (несколько узлов в том числе), поэтому SQLAlchemy
        # получает не его, а готовое соединение.
        "postgresql+psycopg://",
        creator=lambda: _connected(arguments),
        hide_parameters=True,
        pool_size=1,
    )
    if log_sql:
        _log_statements(engine)
    event.listen(engine, "begin", _prepare_transaction)
    if sees_all:
        event.listen(engine, "begin", _see_all)
    try:
        yield engine
    except exc.DBAPIError as error:
        raise database_error(error.orig) from None
    finally:
        engine.dispose()


@contextmanager
def transaction(
    database_url: str, *, log_sql: bool, sees_all: bool = False
) -> Iterator[Connection]:
    """Открывает соединение и транзакцию на нём; аргументы и ошибки те же, что у ``engine``."""
    opening = engine(database_url, log_sql=log_sql, sees_all=sees_all)
    with opening as opened, opened.begin() as connection:
        yield connection


def database_error(cause: BaseException | None) -> DatabaseError:
    """Говорит оператору одной строкой, чем база данных отказала или почему до неё не добраться."""
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        kind = DatabaseAwayError if cause.sqlstate.startswith(_AWAY) else DatabaseError
        return kind(f"PostgreSQL refused: {said_with_advice(cause)}")
    if isinstance(cause, psycopg.DataError):
        # Прочёл её уже не сервер, а psycopg; его текст повторяет само значение.
        return DatabaseError(
            "a stored value cannot be read (a time beyond the years 1 to 9999, perhaps): UPDATE it"
        )
    first_line = str(cause).partition("\n")[0]
    return DatabaseAwayError(
        f"cannot reach the database ({first_line}); check CRM_DATABASE_URL and the server"
    )


def _connected(arguments: Mapping[str, Any]) -> psycopg.Connection:
    # Без готовых команд: за пулом следующую транзакцию получает сервер, который их не знает.
    connection = psycopg.connect(**arguments, autocommit=True, prepare_threshold=None)
    # Сеансу — только своему: за пулом настройка осталась бы чужому.
    connection.execute(
        "SELECT set_config('idle_in_transaction_session_timeout', '0', pg_backend_pid() <> %s)",
        [connection.info.backend_pid],
    )
    connection.autocommit = False
    return connection


def _prepare_transaction(connection: Connection) -> None:
    """Велит транзакции то, что роль и база данных могли велеть иначе.

    Сервер не оборвёт её за то, что она долга или между её командами работает сам сервис: сколько ей
    идти, решает оператор. Время без пояса значит UTC и в принятой таблице, где столбец времени с
    поясом.
    """
    # transaction_timeout есть с PostgreSQL 17.
    connection.exec_driver_sql(
        "SELECT set_config(name, '0', true)"
        " FROM unnest(ARRAY['statement_timeout', 'transaction_timeout',"
        " 'idle_in_transaction_session_timeout']) AS name"
        " WHERE current_setting(name, true) IS NOT NULL"
    )
    connection.exec_driver_sql("SET LOCAL timezone = 'UTC'")


def _see_all(connection: Connection) -> None:
    # PostgreSQL, 20.11.1, row_security: так поступает и pg_dump.
    connection.exec_driver_sql("SET LOCAL row_security = off")


def _log_statements(engine: Engine) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def log(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        # У команд Alembic имени нет: в повторении команду узнают по тому, что стояло в первой.
        line = " ".join(sql.split())
        log_statement(f"sql_{hashlib.sha256(line.encode()).hexdigest()[:8]}", line)

    for name in ("begin", "commit", "rollback"):

        @event.listens_for(engine, name)
        def log_command(_connection: object, *, command: str = name.upper()) -> None:
            sql_log.info("%s", command)
