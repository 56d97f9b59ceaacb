"""Общее для всех тестов."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Время не проверяется нигде: на общей машине оно ничего не значит.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


@pytest.fixture
def anyio_backend() -> str:
    """Сервис живёт на asyncio; проверять его на trio незачем."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Убирает настройки разработчика: тест видит только свои."""
    for name in list(os.environ):
        if name.startswith("CRM_") and not name.startswith("CRM_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Пустая папка, она же рабочая."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
