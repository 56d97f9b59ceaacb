"""Исполнитель пачек для тестов сборщика."""

import asyncio
from collections.abc import Sequence
from typing import Any

from attrs import define, field

from adapters.batching import Batcher, BatchLimits


@define
class Backend:
    """Исполнитель пачек, который помнит их и удваивает числа за секунду."""

    seconds: float = 1.0
    batches: list[list[int]] = field(factory=list)
    running: int = 0
    most_running: int = 0

    async def __call__(self, batch: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(batch))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.running -= 1
        return [ValueError(n) if n < 0 else n * 2 for n in batch]


def limits(**changes: Any) -> BatchLimits:  # noqa: ANN401 — поля BatchLimits
    """Пределы, до которых далеко, кроме названных."""
    return BatchLimits(**{"batch": 10, "waiting": 100, "deadline": 60.0, **changes})


async def started(batcher: Batcher[int, int], *items: int) -> list[asyncio.Task[int]]:
    """Начинает вызовы и даёт циклу событий дойти до исполнителя."""
    tasks = [asyncio.ensure_future(batcher.submit(item)) for item in items]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks
