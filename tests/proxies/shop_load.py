"""Нагрузка: покупатели без ключей, которых регистрируют по разу и ничего не повторяют."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

import httpx2

_CLIENTS = 16
_TIMEOUT = 30.0


class ShopLoad:
    """Идущая нагрузка.

    Attributes:
        outcomes: сколько ответов с каким кодом; имя ошибки — если ответа не было.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopping = Event()
        self._numbers = count(1)
        self.outcomes: Counter[str] = Counter()

    @property
    def requests(self) -> int:
        """Сколько запросов послано и кончилось."""
        return sum(self.outcomes.values())

    def stop(self) -> None:
        """Просит закончить начатое."""
        self._stopping.set()

    async def run(self) -> None:
        """Нагружает, пока не остановят."""
        async with asyncio.TaskGroup() as clients:
            for _ in range(_CLIENTS):
                clients.create_task(self._client())

    async def _client(self) -> None:
        async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            while not self._stopping.is_set():
                number = next(self._numbers)
                body = {"name": "Ivan", "email": f"ivan{number}@example.ru"}
                # По номеру в журналах сервиса видно, что послано дважды.
                headers = {"X-Request-ID": f"shop-{number}"}
                try:
                    response = await client.post(
                        f"{self._url}/register", json=body, headers=headers
                    )
                    outcome = str(response.status_code)
                except httpx2.HTTPError as error:
                    outcome = type(error).__name__
                self.outcomes[outcome] += 1


@contextmanager
def running_load(url: str) -> Iterator[ShopLoad]:
    """Нагружает из отдельного потока, пока открыт контекст."""
    load = ShopLoad(url)
    thread = Thread(target=asyncio.run, args=[load.run()], name="shop")
    thread.start()
    try:
        yield load
    finally:
        load.stop()
        thread.join()
