"""Хранилище в памяти: те же правила без базы данных, для тестов и примеров."""

from application.customer_repository import CustomerRepository
from domain.customer import Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError


class InMemoryCustomerRepository(CustomerRepository):
    """Хранит покупателей, пока жив процесс.

    Между проверкой и записью нет ``await``, поэтому в одном цикле событий гонки нет.
    """

    def __init__(self) -> None:
        self._by_email: dict[str, Customer] = {}

    async def add(self, customer: NewCustomer) -> Customer:
        """Записывает нового покупателя; номера идут подряд с единицы."""
        if customer.email in self._by_email:
            raise EmailAlreadyRegisteredError(customer.email)
        stored = Customer.of(customer, id=len(self._by_email) + 1)
        self._by_email[stored.email] = stored
        return stored
