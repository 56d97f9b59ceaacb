"""Конец регистрации из Python: кого она ждёт и кому отказывает."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from domain.errors import InvalidCustomerError
from entrypoints.python import AsyncRegister, Register, async_registration, registration
from tests.support.customers import IVAN
from tests.support.eventually import eventually
from tests.support.gated_repository import GatedRepository, container_with


@pytest.fixture
def gated() -> GatedRepository:
    return GatedRepository()


def is_refused(register: Register) -> bool:
    """Закрытая регистрация отказывает; неверный покупатель до хранилища не доходит и в открытой."""
    try:
        register(name="", email="")
    except InvalidCustomerError:
        return False
    except RuntimeError as error:
        return str(error) == "registration is closed"
    return False


async def is_refused_by(register: AsyncRegister) -> bool:
    """То же об асинхронной."""
    try:
        await register(name="", email="")
    except InvalidCustomerError:
        return False
    except RuntimeError as error:
        return str(error) == "registration is closed"
    return False


@contextmanager
def waiting_calls(register: Register, gated: GatedRepository, count: int) -> Iterator[list[int]]:
    """Вызовы из потоков, которые ждут ворот; в конце — номера записанных."""
    ids: list[int] = []
    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(register, name="Ivan", email=f"{n}@example.ru") for n in range(count)]
        eventually(lambda: gated.waiting == count)
        yield ids
        ids += [call.result().id for call in calls]


def test_closing_waits_for_the_calls_of_other_threads(gated: GatedRepository) -> None:
    opened = registration(container=container_with(gated))
    register = opened.__enter__()
    with waiting_calls(register, gated, 16) as ids:
        closing = threading.Thread(target=opened.__exit__, args=(None, None, None))
        closing.start()
        eventually(lambda: is_refused(register))
        assert closing.is_alive()
        assert gated.waiting == 16
        gated.gate.set()
        closing.join(30)
    assert not closing.is_alive()
    assert sorted(ids) == list(range(1, 17))


@pytest.mark.anyio
async def test_closing_waits_for_tasks_and_refuses_new_calls(gated: GatedRepository) -> None:
    was_waiting = False

    async def open_when_closing() -> None:
        nonlocal was_waiting
        try:
            async with asyncio.timeout(30):
                while not await is_refused_by(register):  # noqa: ASYNC110 — события об этом нет
                    await asyncio.sleep(0)
            was_waiting = not task.done()
        finally:
            gated.gate.set()

    async with async_registration(container=container_with(gated)) as register:
        task = asyncio.create_task(register(**IVAN))
        await asyncio.to_thread(eventually, lambda: gated.waiting == 1)
        opening = asyncio.create_task(open_when_closing())
    assert task.done()
    assert (await task).id == 1
    await opening
    assert was_waiting
    with pytest.raises(RuntimeError, match="closed"):
        await register(**IVAN)


def test_error_in_the_block_reaches_the_caller_and_everything_is_closed() -> None:
    with pytest.raises(KeyError, match="mine"), registration("memory://") as register:
        raise KeyError("mine")
    with pytest.raises(RuntimeError, match="closed"):
        register(**IVAN)
    assert not [thread for thread in threading.enumerate() if "registration" in thread.name]


def test_manager_that_nobody_keeps_says_why_it_is_closed() -> None:
    register = registration("memory://").__enter__()
    gc.collect()
    with pytest.raises(RuntimeError, match=r"nothing kept its context manager.*ExitStack"):
        register(**IVAN)
