"""Хранилище, которое добивается исхода, не меняя порядка."""

import asyncio

from application.customer_repository import (
    CustomerRepository,
    Registration,
    RepositoryUnavailableError,
)
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from domain.errors import DomainError

PATIENCE = 60.0
"""Секунд повторять просьбу, пока хранилище недоступно."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class PersistentCustomers(CustomerRepository):
    """Повторяет просьбу, пока другое хранилище недоступно, и держит очередь за каждый адрес.

    Просьбы с одним адресом идут по одной, в порядке прихода: иначе та, которую пришлось повторить,
    уступила бы адрес пришедшей позже. Если исход ранней неизвестен, поздняя не посылается вовсе.
    """

    def __init__(self, customers: CustomerRepository, patience: float = PATIENCE) -> None:
        self._customers = customers
        self._patience = patience
        self._turns: dict[str, asyncio.Future[None]] = {}

    async def add(self, customer: NewCustomer, key: IdempotencyKey | None = None) -> Registration:
        """Записывает покупателя, когда кончатся ранние просьбы с его адресом.

        Raises:
            RepositoryUnavailableError: хранилище недоступно дольше терпения.
        """
        email = customer.email
        earlier = self._turns.get(email)
        turn = self._turns[email] = asyncio.get_running_loop().create_future()
        try:
            if earlier is not None:
                await _after(earlier)
            try:
                registration = await self._customers.add(customer, key)
            except RepositoryUnavailableError:
                registration = await self._again(customer, key)
        except DomainError:
            self._end(email, turn)
            raise
        except BaseException:
            turn.cancel()
            raise
        self._end(email, turn)
        return registration

    async def ensure_ready(self) -> None:
        """Возвращается, если другое хранилище может записать покупателя."""
        await self._customers.ensure_ready()

    def _end(self, email: str, turn: asyncio.Future[None]) -> None:
        turn.set_result(None)
        if self._turns[email] is turn:
            del self._turns[email]

    async def _again(self, customer: NewCustomer, key: IdempotencyKey | None) -> Registration:
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience
        pause = _FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                return await self._customers.add(customer, key)
            except RepositoryUnavailableError:
                if clock() >= until:
                    raise


async def _after(earlier: asyncio.Future[None]) -> None:
    # Не await earlier: отмена ждущего отменила бы и чужую очередь.
    await asyncio.wait([earlier])
    if earlier.cancelled():
        raise RepositoryUnavailableError("an earlier request with this address has no outcome")
