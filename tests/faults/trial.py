"""Испытание: отказ под нагрузкой и сверка того, что подтверждено, с тем, что записано."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import Event, Thread

from tests.checker.comparison import compared
from tests.checker.flow import wait_for_flow
from tests.checker.history import Attempt, Registration, longest_silence, slowest_attempt
from tests.checker.history import unanswered as count_unanswered
from tests.checker.load import Plan, running_load
from tests.checker.results import Result
from tests.checker.shop_client import ShopClient
from tests.checker.table import stored_rows
from tests.faults.node_faults import Fault
from tests.faults.small_disk import small_disk
from tests.faults.stage import Stage, stage

type Beside = Callable[[Stage], AbstractContextManager[None]]
"""Что идёт рядом с нагрузкой; кончается раньше, чем сцена."""


def _nothing(_stage: Stage) -> AbstractContextManager[None]:
    return nullcontext()


def tried(  # noqa: PLR0913 — из этого испытание и состоит
    fault: Fault,
    plan: Plan,
    folder: Path,
    data_root: Path,
    *,
    flow: int,
    beside: Beside = _nothing,
    rows: int = 0,
) -> Result:
    """Устраивает отказ под нагрузкой и возвращает итог.

    Args:
        fault: отказ.
        plan: нагрузка.
        folder: папка для сервиса.
        data_root: папка для PostgreSQL.
        flow: сколько подтверждений дождаться до отказа и после него; если он не один, то после
            всех вместе.
        beside: что идёт рядом с нагрузкой.
        rows: сколько строк оно запишет за раз.
    """
    with ExitStack() as stack:
        if fault.needs_small_disk:
            data_root = stack.enter_context(small_disk(data_root / uuid.uuid4().hex, rows=rows))
        built = stack.enter_context(stage(folder, data_root, is_pooled=fault.is_pooled))
        with beside(built), running_load(built.url, plan) as load:
            wait_for_flow(load, flow)
            with _one_key(built.url, f"{load.prefix}one-key", plan.deadline) as again:
                for _ in range(fault.times):
                    fault.strike(built, load)
                    wait_for_flow(load, flow // fault.times)
        history = [*load.registrations, again]
        silence = longest_silence(load.registrations, started=load.started, finished=load.finished)
        return Result.of(
            fault.name,
            compared(history, stored_rows(built.database, load.prefix)),
            silence=silence,
            most_silence=fault.most_silence,
            slowest=slowest_attempt(history),
            unanswered=count_unanswered(history),
        )


@contextmanager
def _one_key(url: str, key: str, deadline: float) -> Iterator[Registration]:
    """Повторяет одну регистрацию с одним ключом без конца: тело 201 всегда одно и то же."""
    registration = Registration(key)
    stopping = Event()

    async def repeat() -> None:
        async with ShopClient(url, deadline=deadline) as shop:
            while not stopping.is_set():
                started = time.monotonic()
                outcome = await shop.register(registration)
                registration.attempts.append(Attempt(started, time.monotonic(), outcome))
                await asyncio.sleep(0.02)

    thread = Thread(target=asyncio.run, args=[repeat()], name="one key")
    thread.start()
    try:
        yield registration
    finally:
        stopping.set()
        thread.join()
