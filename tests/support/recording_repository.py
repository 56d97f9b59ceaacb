"""Хранилище в памяти, которое помнит записанных по порядку."""

from application.customer_repository import Registration
from domain.customer import Customer
from tests.support.intercepted_customers import InterceptedCustomers


class RecordingRepository(InterceptedCustomers):
    """Помнит записанных.

    Attributes:
        customers: они сами, в порядке записи.
    """

    def __init__(self) -> None:
        super().__init__()
        self.customers: list[Customer] = []

    def after(self, registration: Registration) -> None:
        if not registration.is_replay:
            self.customers.append(registration.customer)
