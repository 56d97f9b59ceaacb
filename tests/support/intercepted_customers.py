"""Хранилище в памяти, в запись которого тест вмешивается."""

from adapters.memory import InMemoryCustomerRepository
from application.customer_repository import Registration
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from domain.events import Source


class InterceptedCustomers(InMemoryCustomerRepository):
    """Даёт вмешаться до записи и после неё, не повторяя сигнатуры ``add``."""

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        registration = await super().add(await self.before(customer), key, source)
        self.after(registration)
        return registration

    async def before(self, customer: NewCustomer) -> NewCustomer:
        """Возвращает, кого записать; может ждать и бросить ошибку."""
        return customer

    def after(self, registration: Registration) -> None:
        """Узнаёт, что записано; может бросить ошибку, но записанное останется."""
