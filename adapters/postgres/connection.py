"""Соединения с PostgreSQL по адресу libpq и журнал SQL."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo
from sqlalchemy import Connection, Engine, create_engine, event, exc

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
# Текст идёт в libpq и обратно байтами UTF-8, какой бы ни была кодировка самой базы данных.
_ENCODING = {"client_encoding": "UTF8"}


_URL = re.compile(r"postgres(?:ql)?://(?:[^@/]*@)?([^?]*)")  # так его делит libpq
_PORTS = re.compile("[0-9,]*")  # несколько узлов — несколько портов
_SECRET = b"*"  # так libpq метит параметры, которых нельзя показывать (PQconninfoOption.dispchar)
_MASK = "********"
_IN_THE_WAY = (
    "; nothing was changed: another program has an open transaction on the table; let it end, or"
    " end it (pg_stat_activity shows it), and try again"
)
_NO_RIGHT = "; let the owner of the tables do it, or GRANT the role of CRM_DATABASE_URL the right"
_ADVICE = (
    (psycopg.errors.LockNotAvailable, _IN_THE_WAY),
    (psycopg.errors.InsufficientPrivilege, _NO_RIGHT),
)


class DatabaseError(Exception):
    """База данных недоступна или отказала; текст — одна строка без личных данных."""


class InvalidDatabaseUrlError(Exception):
    """Адрес базы данных не разобрать; в тексте нет пароля."""


def connection_arguments(database_url: str) -> dict[str, Any]:
    """Разбирает адрес libpq, добавляет пределы ожидания, которых в нём нет, и кодировку.

    Raises:
        InvalidDatabaseUrlError: адрес неверен.
    """
    return _DEFAULTS | _parsed(database_url) | _ENCODING


def _parsed(database_url: str) -> dict[str, Any]:
    try:
        given: dict[str, Any] = conninfo_to_dict(database_url)
    except (psycopg.ProgrammingError, UnicodeError):
        # Текст ошибки повторяет адрес, а в нём бывает пароль.
        raise InvalidDatabaseUrlError(
            "the database URL is not a libpq URL like postgresql://user:password@host:5432/name,"
            " without the name of a driver"
        ) from None
    if _is_torn_apart(database_url, given):
        raise InvalidDatabaseUrlError(
            "the database URL is not a libpq URL: in a password write @ as %40 and / as %2F"
        )
    for host in str(given.get("host") or "").split(","):
        _check_host(host)
    return given


def _check_host(host: str) -> None:
    if host.startswith(("/", "@")):  # сокет: путь или имя вне файловой системы (unix(7))
        return
    try:
        host.encode("idna")  # так его ищет Python
    except UnicodeError:
        raise InvalidDatabaseUrlError("the database URL names a host that no name can be") from None


def _is_torn_apart(database_url: str, given: Mapping[str, Any]) -> bool:
    """Говорит, не разрезан ли пароль: его часть libpq приняла за узел, порт или базу данных.

    Знаки ``@`` и ``/`` в пароле кодируются (RFC 3986, 3.2.1). Сама libpq этого не проверяет, а то,
    за что приняла остаток, назовёт в своих ошибках.
    """
    url = _URL.match(database_url)
    return _PORTS.fullmatch(given.get("port", "")) is None or (url is not None and "@" in url[1])


def masked(database_url: str) -> str:
    """Пишет адрес так, как его понял libpq, но без паролей.

    Raises:
        InvalidDatabaseUrlError: адрес неверен.
    """
    given = _parsed(database_url)
    secret = {
        option.keyword.decode() for option in Conninfo.get_defaults() if option.dispchar == _SECRET
    }
    return make_conninfo(**given | dict.fromkeys(secret & given.keys(), _MASK))


@contextmanager
def engine(database_url: str, *, log_sql: bool) -> Iterator[Engine]:
    """Даёт SQLAlchemy одно соединение: для миграций и работ оператора.

    Raises:
        DatabaseError: внутри блока база данных отказала или до неё не добраться.
        InvalidDatabaseUrlError: адрес неверен.
    """
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
        yield engine
    except exc.DBAPIError as error:
        raise DatabaseError(_explained(error)) from None
    finally:
        engine.dispose()


@contextmanager
def transaction(database_url: str, *, log_sql: bool) -> Iterator[Connection]:
    """Открывает соединение и транзакцию на нём; ошибки те же, что у ``engine``."""
    with engine(database_url, log_sql=log_sql) as opened, opened.begin() as connection:
        yield connection


def named(error: psycopg.Error) -> str:
    """Называет ошибку PostgreSQL, не повторяя её текста: в нём бывает адрес покупателя."""
    told = [type(error).__name__, f"sqlstate {error.sqlstate}"]
    if error.diag.column_name:
        told.append(f"column {error.diag.column_name}")
    if error.diag.constraint_name:
        told.append(f"constraint {error.diag.constraint_name}")
    return ", ".join(told)


def _explained(error: exc.DBAPIError) -> str:
    cause = error.orig
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        # Только первая строка сообщения: DETAIL повторяет данные строк таблицы.
        advice = next((told for kind, told in _ADVICE if isinstance(cause, kind)), "")
        return f"PostgreSQL refused: {cause.diag.message_primary} ({cause.sqlstate}){advice}"
    first_line = str(cause).partition("\n")[0]
    return f"cannot reach the database ({first_line}); check CRM_DATABASE_URL and the server"


def _log_statements(engine: Engine) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def log_statement(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        sql_log.info("%s", " ".join(sql.split()))

    for name in ("begin", "commit", "rollback"):

        @event.listens_for(engine, name)
        def log_command(_connection: object, *, command: str = name.upper()) -> None:
            sql_log.info("%s", command)
