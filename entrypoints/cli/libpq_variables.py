"""Переменные ``PG…``, которые не настройки сервиса, но значат для соединения с базой данных."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrypoints.container import Container


def shown_libpq_variables(container: "Container") -> dict[str, str]:
    """Называет те из них, которыми libpq дополнит адрес; паролей в них нет."""
    from entrypoints.database_url import MASK

    return {
        name: MASK if value is None else value
        for name, value in container.database.libpq_variables().items()
    }
