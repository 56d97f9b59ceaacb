"""Команда ``crm-api`` в процессе тестов."""

from collections.abc import Callable

from click.testing import CliRunner, Result

from entrypoints.cli.crm_api import crm_api

type Crm = Callable[..., Result]

REGISTER = ("register", "--name", "Ivan", "--email", "ivan@example.ru")


def run_crm(database: str, *arguments: str, **variables: str) -> Result:
    """Исполняет команду с этой базой данных и, сверх неё, переменными окружения."""
    environment = {"CRM_DATABASE_URL": database, "LC_ALL": "C", **variables}
    return CliRunner().invoke(crm_api, arguments, env=environment, catch_exceptions=False)
