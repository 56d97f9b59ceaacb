"""База данных для команд оператора."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from entrypoints.cli.exit_codes import WrongSettingsError, failures_in_one_line

if TYPE_CHECKING:
    from entrypoints.container import Container


@contextmanager
def database() -> Iterator["Container"]:
    """Даёт контейнер, в котором база данных есть, а в конце закрывает всё, что открылось.

    Raises:
        click.ClickException: настройки неверны или с базой данных ничего не вышло.
    """
    from entrypoints.container import process_container
    from entrypoints.database_url import IN_MEMORY

    with failures_in_one_line():
        container = process_container()
        if container.settings().database_url == IN_MEMORY:
            raise WrongSettingsError(f"there is no database: CRM_DATABASE_URL is {IN_MEMORY}")
        try:
            yield container
        finally:
            container.shutdown_resources()
