"""Экземпляр встроенного PostgreSQL: роли, база данных, сокет и отказ запуститься."""

from pathlib import Path
from urllib.parse import quote

from attrs import frozen

USER = "crm_user"
SUPERUSER = "postgres"
DATABASE = "crm_db"


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
        return f"postgresql://{user}@/{database}?host={quote(str(self.sockets), safe='')}&port=5432"


class EmbeddedPostgresError(Exception):
    """Сервер не запустить; текст — одна строка для оператора: что случилось и что делать."""
