"""Нагрузка: одновременные клиенты, и каждый регистрирует всё новых покупателей."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

from attrs import frozen

from tests.checker.history import Acknowledged, Attempt, Refused, Registration
from tests.checker.shop_client import ShopClient


@frozen(kw_only=True)
class Plan:
    """Как нагружать.

    Attributes:
        clients: сколько клиентов сразу.
        deadline: сколько ждать одного ответа, секунды.
        attempts: сколько раз послать одну регистрацию, прежде чем бросить её неизвестной.
        retry_pause: пауза перед повтором, секунды; ``Retry-After`` больше, но с ним не видно,
            когда сервис ожил на самом деле.
        pause: пауза между регистрациями одного клиента, секунды; ею нагрузка ограничивается.
        repeat_every: каждая какая по счёту подтверждённая регистрация посылается ещё раз;
            0 — никакая.
        keyless_every: каждый какой по счёту клиент не посылает ключей идемпотентности;
            0 — никакой.
    """

    clients: int = 16
    deadline: float = 5.0
    attempts: int = 1000
    retry_pause: float = 0.1
    pause: float = 0.0
    repeat_every: int = 0
    keyless_every: int = 0


class Load:
    """Идущая нагрузка; читать историю целиком можно, когда она остановлена.

    Attributes:
        prefix: с чего начинаются ключи и адреса этой нагрузки и никакой другой.
        registrations: история.
        acknowledged: сколько пришло ответов 201.
        started: когда начата, секунды по монотонным часам.
        finished: когда кончен последний запрос, по тем же часам.
    """

    def __init__(self, url: str, plan: Plan) -> None:
        self._url = url
        self._plan = plan
        self._stopping = Event()
        self._abandoned = Event()
        self._numbers = count(1)
        self.prefix = f"load{uuid.uuid4().hex[:12]}-"
        self.registrations: list[Registration] = []
        self.acknowledged = 0
        self.started = time.monotonic()
        self.finished = self.started

    def stop(self) -> None:
        """Просит клиентов закончить начатое и больше не начинать."""
        self._stopping.set()

    def abandon(self) -> None:
        """Останавливает, не добиваясь исхода начатого."""
        self._stopping.set()
        self._abandoned.set()

    async def run(self) -> None:
        """Нагружает, пока не остановят."""
        self.started = time.monotonic()
        async with asyncio.TaskGroup() as clients:
            for number in range(1, self._plan.clients + 1):
                keyless = self._plan.keyless_every
                clients.create_task(self._client(has_keys=not keyless or number % keyless != 0))
        self.finished = time.monotonic()

    async def _client(self, *, has_keys: bool) -> None:
        async with ShopClient(self._url, deadline=self._plan.deadline) as shop:
            while not self._stopping.is_set():
                number = next(self._numbers)
                registration = Registration(f"{self.prefix}{number}", has_key=has_keys)
                self.registrations.append(registration)
                await self._settle(shop, registration)
                if self._plan.repeat_every and number % self._plan.repeat_every == 0:
                    await self._settle(shop, registration)
                await asyncio.sleep(self._plan.pause)

    async def _settle(self, shop: ShopClient, registration: Registration) -> None:
        """Посылает одну и ту же регистрацию, пока исход не станет известен."""
        for _ in range(self._plan.attempts):
            started = time.monotonic()
            outcome = await shop.register(registration)
            registration.attempts.append(Attempt(started, time.monotonic(), outcome))
            if isinstance(outcome, Acknowledged | Refused):
                self.acknowledged += isinstance(outcome, Acknowledged)
                return
            if self._abandoned.is_set():
                return
            await asyncio.sleep(self._plan.retry_pause)


_DEFAULT = Plan()


@contextmanager
def running_load(url: str, plan: Plan = _DEFAULT) -> Iterator[Load]:
    """Нагружает сервис из отдельного потока, пока открыт контекст.

    Raises:
        BaseException: то, на чём сломалась сама нагрузка.
    """
    load = Load(url, plan)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(load.run())
        except BaseException as error:  # noqa: BLE001 — передаётся ждущему
            failures.append(error)

    thread = Thread(target=work, name="load")
    thread.start()
    try:
        yield load
    except BaseException:
        load.abandon()
        raise
    finally:
        load.stop()
        thread.join()
    if failures:
        raise failures[0]
