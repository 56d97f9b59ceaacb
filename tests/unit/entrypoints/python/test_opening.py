"""Открытие регистрации прервали: что успело открыться, закрывается."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dependency_injector import providers

from adapters.memory import InMemoryCustomerRepository
from entrypoints.container import Container
from entrypoints.python import async_registration, registration
from entrypoints.settings import Settings


def test_interrupted_opening_closes_what_opens_after_all() -> None:
    may_open, is_closed = threading.Event(), threading.Event()
    main = threading.get_ident()

    @contextmanager
    def slow() -> Iterator[InMemoryCustomerRepository]:
        signal.pthread_kill(main, signal.SIGINT)
        may_open.wait()
        yield InMemoryCustomerRepository()
        is_closed.set()

    container = Container()
    container.customers.override(providers.Resource(slow))
    with pytest.raises(KeyboardInterrupt), registration(container=container):
        pass
    may_open.set()
    assert is_closed.wait(30)


@pytest.mark.anyio
async def test_cancelled_opening_closes_what_a_thread_still_opens() -> None:
    opening, may_open, is_closed = threading.Event(), threading.Event(), threading.Event()

    @contextmanager
    def slow() -> Iterator[str]:
        opening.set()
        may_open.wait()
        yield "postgresql://shop.example/crm"
        is_closed.set()

    container = Container()
    container.settings.override(providers.Object(Settings(auto_migrate=False)))
    container.database.url.override(providers.Resource(slow))
    opened = async_registration(container=container)
    task = asyncio.create_task(opened.__aenter__())
    await asyncio.to_thread(opening.wait)
    task.cancel()
    await asyncio.sleep(0)
    may_open.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_closed.is_set()


def test_variable_of_the_host_program_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "of the host program")
    with registration("memory://") as register:
        assert register(name="Ivan", email="ivan@example.ru").id == 1
