"""Хранилище в памяти, которое помнит записанных по порядку."""

from adapters.memory import InMemoryCustomerRepository
from application.customer_repository import Registration
from application.idempotency import IdempotencyKey
from domain.customer import Customer, NewCustomer
from domain.events import Source


class RecordingRepository(InMemoryCustomerRepository):
    """Помнит записанных.

    Attributes:
        customers: они сами, в порядке записи.
    """

    def __init__(self) -> None:
        super().__init__()
        self.customers: list[Customer] = []

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        registration = await super().add(customer, key, source)
        if not registration.is_replay:
            self.customers.append(registration.customer)
        return registration
