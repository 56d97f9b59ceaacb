"""Настоящий PostgreSQL: заданный ``CRM_TEST_DATABASE_URL`` или встроенный, один на все тесты."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.connection import transaction
from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.schema.upgrade import migrate
from adapters.postgres.tables import metadata
from tests.support.browser import chromium, chromium_or_skip
from tests.support.crm import Crm, run_crm
from tests.support.earlier_table import EARLIER_TABLE, UNIQUE_INDEX
from tests.support.embedded_server import is_running
from tests.support.eventually import eventually
from tests.support.sql import execute, new_database

_PROVIDERS = 150000  # с PostgreSQL 15 у локали есть поставщик, и не всякий знает LATIN1


@pytest.fixture(scope="session")
def data_root() -> Iterator[Path]:
    """Папка для встроенных серверов.

    Не ``tmp_path``: та закрыта для всех, а под root PostgreSQL работает под другой записью.
    """
    root = Path(tempfile.mkdtemp(prefix="crm-api-tests-"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root)


@pytest.fixture(scope="session")
def server_url(data_root: Path) -> Iterator[str]:
    """Адрес сервера для того, кто может создавать базы данных."""
    if given := os.environ.get("CRM_TEST_DATABASE_URL"):
        # Из нескольких серверов каждому процессу тестов достаётся свой: тесты смотрят и на то, что
        # у сервера одно на всех.
        servers = given.splitlines()
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        yield servers[int(worker) % len(servers)]
        return
    with embedded_postgres(data_root / "shared") as server:
        # Серверу жить один прогон: пережить сбой питания ему незачем, а ждать диска — долго.
        execute(server.superuser_url, "ALTER SYSTEM SET fsync = off")
        execute(server.superuser_url, "SELECT pg_reload_conf()")
        yield server.superuser_url


@pytest.fixture
def empty_database(server_url: str) -> Iterator[str]:
    """Адрес новой пустой базы данных."""
    with new_database(server_url) as database:
        yield database


@pytest.fixture
def earlier(empty_database: str) -> str:
    """База данных прежней версии сервиса, пока без покупателей."""
    execute(empty_database, EARLIER_TABLE)
    execute(empty_database, UNIQUE_INDEX)
    return empty_database


@pytest.fixture
def other_database(server_url: str) -> Iterator[str]:
    """Адрес ещё одной пустой базы данных: с нею сравнивают."""
    with new_database(server_url) as database:
        yield database


@pytest.fixture
def latin_database(server_url: str) -> Iterator[str]:
    """Адрес базы данных в кодировке, в которой не всё записать, с текущей схемой."""
    with psycopg.connect(server_url) as admin:
        provider = "LOCALE_PROVIDER libc" if admin.info.server_version >= _PROVIDERS else ""
    options = f"ENCODING 'LATIN1' LOCALE 'C' {provider} TEMPLATE template0"
    with new_database(server_url, options) as database:
        # Мимо миграций: такой базы данных они не примут, но CRM_AUTO_MIGRATE бывает и выключен.
        with transaction(database, log_sql=False) as connection:
            metadata.create_all(connection)
        yield database


@pytest.fixture(scope="session")
def migrated(server_url: str) -> Iterator[str]:
    """Имя базы данных с текущей схемой: снять с неё копию быстрее, чем исполнить все миграции."""
    with new_database(server_url) as pattern:
        migrate(pattern, log_sql=False)
        yield str(conninfo_to_dict(pattern)["dbname"])


@pytest.fixture
def database(server_url: str, migrated: str) -> Iterator[str]:
    """Адрес новой базы данных с текущей схемой."""
    with new_database(server_url, template=migrated) as database:
        yield database


@pytest.fixture
def folders(data_root: Path) -> Iterator[Folders]:
    """Папка данных, которой ещё нет; после теста в ней не остаётся живого сервера."""
    folders = Folders(data_root / uuid.uuid4().hex)
    yield folders
    eventually(lambda: not is_running(folders))


@pytest.fixture
def crm(folder: Path) -> Crm:  # noqa: ARG001 — рабочая папка
    """Команда ``crm-api`` в пустой папке; первым аргументом — адрес базы данных."""
    return run_crm


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Где стоит Chromium: без него и готовить базу данных незачем."""
    return chromium_or_skip()


@pytest.fixture(scope="module")
def _one_browser(chromium_path: str) -> Iterator[Browser]:
    """Браузер, один на файл: запускается он дольше, чем длится иной тест.

    Не на прогон: пока он открыт, в потоке тестов идёт цикл событий Playwright, и асинхронному
    тесту своего не начать.
    """
    with chromium(chromium_path) as browser:
        yield browser


@pytest.fixture
def browser(_one_browser: Browser) -> Iterator[Browser]:
    """Браузер без единой страницы; что в нём открыл тест, с ним и закрывается."""
    yield _one_browser
    for context in _one_browser.contexts:
        context.close()


@pytest.fixture
def page(browser: Browser) -> Page:
    """Страница на мониторе, чей читатель просит русский."""
    return browser.new_page(viewport={"width": 1200, "height": 1600}, locale="ru-RU")
