"""Общее для всех тестов."""

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import parts

# Кто запустил тесты, мог велеть не слышать этих сигналов (``make test &`` в сценарии оболочки:
# POSIX, 2.11; nohup), и процессы тестов не услышали бы их тоже: глухота переживает exec.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, [])

# Время не проверяется нигде: на общей машине оно ничего не значит.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Начинает с дорогих частей прогона: иначе под конец работал бы один процесс из нескольких."""
    parts.tell_parts(items)
    items.sort(key=lambda item: item.get_closest_marker("part_of_run") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Говорит, сколько заняла каждая."""
    reports = [one for found in terminalreporter.stats.values() for one in found]
    if told := list(parts.lines(reports)):
        terminalreporter.section("parts of the run, seconds of their tests")
        for line in told:
            terminalreporter.write_line(line)


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


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """Возвращает журнал, каким он был: команда, исполненная в процессе тестов, настраивает свой."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Пустая папка, она же рабочая."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
