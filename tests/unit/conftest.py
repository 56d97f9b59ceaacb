"""Приложение целиком, но с хранилищем в памяти: без базы данных и без сокетов."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from dependency_injector import providers
from starlette.testclient import TestClient

from adapters.memory import InMemoryCustomerRepository
from entrypoints.container import Container
from entrypoints.settings import Settings
from tests.support.crm import Crm, run_crm
from tests.support.customers import REGISTERED_AT


@pytest.fixture
def container() -> Container:
    """Контейнер, в котором подменены хранилище, часы и настройки."""
    container = Container()
    container.settings.override(providers.Object(Settings()))
    container.customers.override(providers.Singleton(InMemoryCustomerRepository))
    container.clock.override(providers.Object(lambda: REGISTERED_AT))
    return container


@pytest.fixture
def client(container: Container) -> Iterator[TestClient]:
    """Клиент работающего приложения."""
    with TestClient(container.app()) as client:
        yield client


@pytest.fixture
def crm(folder: Path) -> Crm:  # noqa: ARG001 — рабочая папка
    """Команда ``crm-api`` в пустой папке и с хранилищем в памяти, если не сказано иное."""
    return partial(run_crm, "memory://")
