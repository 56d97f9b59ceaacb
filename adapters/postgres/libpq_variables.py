"""Переменные окружения, которыми libpq дополняет адрес."""

import os
from collections.abc import Mapping, MutableMapping

from psycopg.pq import Conninfo

from adapters.postgres.connection import connection_arguments

_SECRET = b"*"  # так libpq метит параметры, которых нельзя показывать (PQconninfoOption.dispchar)
# Переменные, у которых параметра нет: файлы служб, прежнее имя sslmode и настройки сеанса.
_WITHOUT_PARAMETER = (
    "PGSERVICEFILE",
    "PGSYSCONFDIR",
    "PGREQUIRESSL",
    "PGTZ",
    "PGDATESTYLE",
    "PGGEQO",
)


def libpq_variables(
    database_url: str, environ: Mapping[str, str] = os.environ
) -> dict[str, str | None]:
    """Находит переменные окружения, которыми libpq дополнит адрес (PostgreSQL, 34.15).

    Returns:
        Значения по именам; вместо тайного — ``None``.

    Raises:
        ValueError: адрес неверен; в тексте его нет.
    """
    given = connection_arguments(database_url).keys()
    found = {
        option.envvar.decode(): option.dispchar == _SECRET
        for option in Conninfo.get_defaults()
        if option.envvar and option.keyword.decode() not in given
    }
    names = {**found, **dict.fromkeys(_WITHOUT_PARAMETER, False)}
    return {
        name: None if is_secret else environ[name]
        for name, is_secret in names.items()
        if name in environ
    }


def forget_libpq_variables(environ: MutableMapping[str, str] = os.environ) -> None:
    """Убирает из окружения этого процесса всё, что прочла бы libpq."""
    for option in Conninfo.get_defaults():
        if option.envvar:
            environ.pop(option.envvar.decode(), None)
    for name in _WITHOUT_PARAMETER:
        environ.pop(name, None)
