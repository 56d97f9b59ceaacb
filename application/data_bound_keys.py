"""Хранилище, у которого ключ узнаёт только повтор с теми же данными."""

import hashlib

from attrs import evolve, frozen

from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey, fingerprint
from domain.customer import NewCustomer
from domain.events import Source


@frozen
class DataBoundKeys(CustomerRepository):
    """Привязывает ключ каждой просьбы к её данным: с другими данными это другой ключ.

    Иначе ключ выдаёт, записан ли тот, с кем он пришёл впервые: запомнен он только тогда. Следующая
    просьба с ним, о своём адресе, кончится по-разному, и об исходе её скажет пришедшее письмо.

    Attributes:
        customers: другое хранилище.
    """

    customers: CustomerRepository

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает покупателя в другое хранилище; ``IdempotencyKeyReusedError`` не бывает."""
        bound = None if key is None else evolve(key, value=_bound(key.value, customer))
        return await self.customers.add(customer, bound, source)

    async def ensure_ready(self) -> None:
        """Возвращается, если другое хранилище может записать покупателя."""
        await self.customers.ensure_ready()


def _bound(key: str, customer: NewCustomer) -> str:
    # Повтор в другом написании того же адреса — та же просьба.
    data = fingerprint(customer, email=customer.compared_email)
    return hashlib.sha256(key.encode() + b"\0" + data).hexdigest()
