"""Хранилище в памяти, которое записывает, когда откроют ворота, и контейнер с ним."""

import asyncio
import threading

from dependency_injector import providers

from application.customer_repository import CustomerRepository
from domain.customer import NewCustomer
from entrypoints.container import Container
from tests.support.intercepted_customers import InterceptedCustomers


class GatedRepository(InterceptedCustomers):
    """Записывает, когда откроют ворота; помнит, сколько вызовов ждало сразу."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.waiting = 0
        self.most = 0

    async def before(self, customer: NewCustomer) -> NewCustomer:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await asyncio.to_thread(self.gate.wait)
        finally:
            self.waiting -= 1
        return customer


def container_with(customers: CustomerRepository) -> Container:
    """Контейнер с этим хранилищем."""
    container = Container()
    container.customers.override(providers.Object(customers))
    return container
