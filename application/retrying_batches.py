"""Хранилище, которое повторяет просьбы до исхода, не меняя порядка."""

import asyncio
from collections.abc import Callable, Sequence

from application.customer_repository import (
    CustomerAndKey,
    CustomerBatches,
    Outcome,
    RepositoryUnavailableError,
)
from domain.events import Source

PATIENCE = 60.0
"""Секунд повторять просьбу, пока хранилище недоступно."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class RetryingCustomerBatches(CustomerBatches):
    """Повторяет просьбы, пока другое хранилище недоступно, а с ними и всё, что за ними.

    Порядок держит тот, кто зовёт: следующие просьбы он посылает, когда известен исход этих.
    """

    def __init__(
        self,
        customers: CustomerBatches,
        on_waiting: Callable[[int], None] = lambda _requests: None,
        patience: float = PATIENCE,
    ) -> None:
        """Готовит хранилище.

        Args:
            customers: другое хранилище.
            on_waiting: узнаёт, сколько просьб сейчас повторяется, потому что оно недоступно.
            patience: сколько секунд повторять.
        """
        self._customers = customers
        self._on_waiting = on_waiting
        self._patience = patience

    async def add_all(
        self, customers: Sequence[CustomerAndKey], source: Source | None
    ) -> Sequence[Outcome]:
        """Записывает покупателей; недоступность — исход, только если терпение кончилось."""
        outcomes = list(await self._tried(customers, source))
        if not (open_ := _unavailable(outcomes)):
            return outcomes
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience
        pause = _FIRST_PAUSE
        try:
            while open_ and clock() < until:
                self._on_waiting(len(open_))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                tried = await self._tried([customers[place] for place in open_], source)
                for place, outcome in zip(open_, tried, strict=True):
                    outcomes[place] = outcome
                open_ = _unavailable(outcomes)
        finally:
            self._on_waiting(0)
        return outcomes

    async def _tried(
        self, customers: Sequence[CustomerAndKey], source: Source | None
    ) -> Sequence[Outcome]:
        try:
            return await self._customers.add_all(customers, source)
        except RepositoryUnavailableError as error:
            return [error] * len(customers)


def _unavailable(outcomes: Sequence[Outcome]) -> list[int]:
    return [
        place
        for place, outcome in enumerate(outcomes)
        if isinstance(outcome, RepositoryUnavailableError)
    ]
