"""Экземпляр встроенного PostgreSQL: роли, база данных, сокет и отказ запуститься."""

from pathlib import Path
from urllib.parse import quote, urlencode

from attrs import frozen

USER = "crm_user"
SUPERUSER = "postgres"
DATABASE = "crm_db"

# Своё имя даёт соединению тот, кто его открывает; остальное в адресе уже есть или пустым не бывает.
_NOT_HERE = {"service", "application_name", "user", "dbname", "host", "port"}
# Там, где пустое — ошибка: значения, которые libpq взяла бы сама.
_DEFAULTS = {
    "connect_timeout": "2",
    "client_encoding": "UTF8",
    "sslcertmode": "allow",
    "min_protocol_version": "3.0",
    "max_protocol_version": "3.0",
}


@frozen
class EmbeddedPostgres:
    """Работающий сервер.

    Attributes:
        sockets: папка его сокета.
    """

    sockets: Path

    @property
    def url(self) -> str:
        """Адрес libpq базы данных сервиса для её хозяина."""
        return self._url(USER, DATABASE)

    @property
    def superuser_url(self) -> str:
        """Адрес libpq для администратора сервера."""
        return self._url(SUPERUSER, SUPERUSER)

    def _url(self, user: str, database: str) -> str:
        own = {"host": str(self.sockets), "port": "5432"}
        return f"postgresql://{user}@/{database}?{urlencode(_explicit() | own, quote_via=quote)}"


def _explicit() -> dict[str, str]:
    """Все параметры, которых libpq, не найдя в адресе, спросила бы у окружения (``PG…``).

    Значения — те, что она берёт сама; пустое для неё — тоже заданное. Службу (``service``)
    пустой не назвать, но она и не меняет того, что задано.
    """
    # Здесь, а не наверху: надзирателю psycopg не нужен.
    from psycopg.pq import Conninfo  # noqa: PLC0415 — см. выше

    defaults = {
        option.keyword.decode(): (option.compiled or b"").decode()
        for option in Conninfo.get_defaults()
        if option.envvar
    }
    return {
        keyword: value or _DEFAULTS.get(keyword, "")
        for keyword, value in defaults.items()
        if keyword not in _NOT_HERE
    }


class EmbeddedPostgresError(Exception):
    """Сервер не запустить; текст — одна строка для оператора: что случилось и что делать."""
