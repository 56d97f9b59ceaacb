"""Фикстуры pytest для тех, чей код регистрирует покупателей; сам pytest ставит пользователь.

Подключаются строкой в ``conftest.py``: ``pytest_plugins = ["crm_api.testing"]``.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from dependency_injector import providers
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.memory import InMemoryCustomerRepository
from adapters.postgres.embedded import embedded_postgres
from entrypoints.container import Container
from entrypoints.python import Register, registration


@pytest.fixture
def crm_container() -> Container:
    """Контейнер с пустым хранилищем в памяти: ``crm_container.app()`` — приложение целиком."""
    container = Container()
    container.customers.override(providers.Singleton(InMemoryCustomerRepository))
    return container


@pytest.fixture
def crm_register(crm_container: Container) -> Iterator[Register]:
    """Регистрация с правилами рабочей и хранилищем в памяти, пустым в начале каждого теста."""
    with registration("memory://", container=crm_container) as register:
        yield register


@pytest.fixture(scope="session")
def crm_server_url() -> Iterator[str]:
    """Адрес встроенного PostgreSQL, одного на все тесты (с pytest-xdist — на каждый процесс).

    Папка не из ``tmp_path``: та закрыта для всех, а под root PostgreSQL работает под другой
    учётной записью.
    """
    with tempfile.TemporaryDirectory(prefix="crm-api-tests-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        with embedded_postgres(root / "data") as server:
            yield server.superuser_url


@pytest.fixture
def crm_database_url(crm_server_url: str) -> Iterator[str]:
    """Адрес новой пустой базы данных: ``registration(crm_database_url)`` сделает в ней таблицы."""
    name = f"crm_{uuid4().hex}"
    database = sql.Identifier(name)
    with psycopg.connect(crm_server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(database))
        yield make_conninfo(crm_server_url, dbname=name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
