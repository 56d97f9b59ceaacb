"""Своё хранилище вместо PostgreSQL: одна строка контейнера заменяет его для всех входов.

Здесь это хранилище в памяти, которое ещё и рассказывает о каждом новом покупателе. Клиенту
``TestClient`` нужен httpx2: его ставит ``make install``.
"""

from dependency_injector import providers
from starlette.testclient import TestClient

from crm_api import (
    Container,
    CustomerRepository,
    IdempotencyKey,
    InMemoryCustomerRepository,
    NewCustomer,
    Registration,
    Source,
    registration,
)


class AnnouncingRepository(CustomerRepository):
    """Записывает туда же, куда другое хранилище, и объявляет о записанном."""

    def __init__(self, customers: CustomerRepository) -> None:
        self._customers = customers

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает покупателя и объявляет о нём, если он и правда новый."""
        stored = await self._customers.add(customer, key, source)
        if not stored.is_replay:
            print("new customer", stored.customer.id)
        return stored


container = Container()
container.customers.override(
    providers.Singleton(AnnouncingRepository, providers.Singleton(InMemoryCustomerRepository))
)

with registration(container=container) as register:
    register(name="Ivan", email="ivan@example.ru")

with TestClient(container.app()) as client:
    answer = client.post("/register", json={"name": "Ivan", "email": "Ivan@example.ru"})
    print(answer.status_code, answer.json()["type"])
