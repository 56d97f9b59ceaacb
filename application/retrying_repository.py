"""Хранилище, которое повторяет просьбу до исхода, не меняя порядка."""

import asyncio
from collections.abc import Callable

from application.customer_repository import (
    CustomerRepository,
    Registration,
    RepositoryUnavailableError,
)
from application.erased_emails import EmailErasedError
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from domain.errors import DomainError, EmailAlreadyRegisteredError
from domain.events import Source

PATIENCE = 60.0
"""Секунд повторять просьбу, пока хранилище недоступно."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class RetryingCustomerRepository(CustomerRepository):
    """Повторяет просьбу, пока другое хранилище недоступно, и держит очередь за каждый адрес.

    Пока неизвестно, кому достался адрес, поздние просьбы с ним ждут: иначе ранняя, которую
    пришлось повторить, уступила бы его пришедшей позже. Если исход ранней так и не узнан, поздние
    не посылаются вовсе.
    """

    def __init__(
        self,
        customers: CustomerRepository,
        on_waiting: Callable[[int], None] = lambda _requests: None,
        patience: float = PATIENCE,
    ) -> None:
        """Готовит хранилище.

        Args:
            customers: другое хранилище.
            on_waiting: узнаёт, сколько просьб сейчас повторяется, потому что оно недоступно.
            patience: сколько секунд повторять одну просьбу.
        """
        self._customers = customers
        self._on_waiting = on_waiting
        self._patience = patience
        self._waiting = 0
        self._turns: dict[str, asyncio.Future[bool]] = {}

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает покупателя, когда известно, чем кончилась ранняя просьба с его адресом.

        Raises:
            RepositoryUnavailableError: хранилище недоступно дольше терпения.
        """
        email = customer.compared_email
        while earlier := self._turns.get(email):
            if await _is_taken_by(earlier):
                # Порядок больше ничего не решает: адрес занят, и ждать друг друга незачем.
                return await self._add(customer, key, source)
        turn = self._turns[email] = asyncio.get_running_loop().create_future()
        try:
            registration = await self._add(customer, key, source)
        except (DomainError, EmailErasedError) as error:
            self._end(email, is_taken=isinstance(error, EmailAlreadyRegisteredError))
            raise
        except BaseException:
            turn.cancel()
            raise
        self._end(email, is_taken=True)
        return registration

    async def ensure_ready(self) -> None:
        """Возвращается, если другое хранилище может записать покупателя."""
        await self._customers.ensure_ready()

    def _end(self, email: str, *, is_taken: bool) -> None:
        self._turns.pop(email).set_result(is_taken)

    async def _add(
        self, customer: NewCustomer, key: IdempotencyKey | None, source: Source | None
    ) -> Registration:
        try:
            return await self._customers.add(customer, key, source)
        except RepositoryUnavailableError:
            self._wait(1)
        try:
            return await self._again(customer, key, source)
        finally:
            self._wait(-1)

    def _wait(self, change: int) -> None:
        self._waiting += change
        self._on_waiting(self._waiting)

    async def _again(
        self, customer: NewCustomer, key: IdempotencyKey | None, source: Source | None
    ) -> Registration:
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience
        pause = _FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                return await self._customers.add(customer, key, source)
            except RepositoryUnavailableError:
                if clock() >= until:
                    raise


async def _is_taken_by(earlier: asyncio.Future[bool]) -> bool:
    """Дожидается ранней просьбы и говорит, занят ли после неё адрес."""
    # Не await earlier: отмена ждущего отменила бы и её.
    await asyncio.wait([earlier])
    if earlier.cancelled():
        raise RepositoryUnavailableError("an earlier request with this address has no outcome")
    return earlier.result()
