"""Адрес базы данных, как его пишет оператор: проверить и показать без паролей."""

import re
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

IN_MEMORY = "memory://"
"""Адрес хранилища в памяти: база данных не нужна, с концом процесса всё забыто."""

MASK = "********"
"""Что показывают вместо тайного."""

_URL = re.compile(r"postgres(?:ql)?://(?:[^@/]*@)?([^?]*)")  # так его делит libpq
_PORTS = re.compile("[0-9,]*")  # несколько узлов — несколько портов
_MOST_PORT = 65535
_SECRET = b"*"  # так libpq метит параметры, которых нельзя показывать (PQconninfoOption.dispchar)


class InvalidDatabaseUrlError(Exception):
    """Адрес базы данных не разобрать; в тексте нет пароля."""


def check_database_url(database_url: str) -> None:
    """Проверяет, что адрес понимает libpq и что понимает она его так, как его задумали.

    Raises:
        InvalidDatabaseUrlError: адрес неверен.
    """
    if database_url != IN_MEMORY:
        _parsed(database_url)


def masked(database_url: str) -> str:
    """Пишет адрес так, как его понял libpq, но без паролей.

    Raises:
        InvalidDatabaseUrlError: адрес неверен.
    """
    if database_url == IN_MEMORY:
        return IN_MEMORY
    given = _parsed(database_url)
    secret = {
        option.keyword.decode() for option in Conninfo.get_defaults() if option.dispchar == _SECRET
    }
    shown = make_conninfo(**given | dict.fromkeys(secret & given.keys(), MASK))
    return shown or database_url  # в ``postgresql://`` всё оставлено переменным libpq


def _parsed(database_url: str) -> dict[str, Any]:
    if "\0" in database_url:  # libpq прочла бы лишь начало: узел или база были бы другими
        raise InvalidDatabaseUrlError("the database URL has a NUL in it")
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
    for port in filter(None, str(given.get("port") or "").split(",")):
        _check_port(port)
    return given


def _check_host(host: str) -> None:
    if host.startswith(("/", "@")):  # сокет: путь или имя вне файловой системы (unix(7))
        return
    if not is_possible_host(host):
        raise InvalidDatabaseUrlError("the database URL names a host that no name can be")


def _check_port(port: str) -> None:
    # Негодный порт второго узла libpq заметила бы только тогда, когда до него дошло бы дело.
    digits = port.lstrip("0")
    if not digits or len(digits) > len(str(_MOST_PORT)) or int(digits) > _MOST_PORT:
        raise InvalidDatabaseUrlError(
            f"the database URL names a port that is not from 1 to {_MOST_PORT}"
        )


def is_possible_host(host: str) -> bool:
    """Говорит, бывает ли такое имя узла: есть ли у него запись, по которой его ищет Python."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _is_torn_apart(database_url: str, given: Mapping[str, Any]) -> bool:
    """Говорит, не разрезан ли пароль: его часть libpq приняла за узел, порт или базу данных.

    Знаки ``@`` и ``/`` в пароле кодируются (RFC 3986, 3.2.1). Сама libpq этого не проверяет, а то,
    за что приняла остаток, назовёт в своих ошибках.
    """
    url = _URL.match(database_url)
    return _PORTS.fullmatch(given.get("port", "")) is None or (url is not None and "@" in url[1])
