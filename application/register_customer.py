"""Вариант использования: зарегистрировать покупателя."""

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from application.customer_repository import CustomerRepository
from domain.customer import Customer, NewCustomer


@frozen(kw_only=True)
class RegisterCustomerCommand:
    """Просьба зарегистрировать покупателя; смысл и правила полей — в ``NewCustomer``."""

    name: str
    email: str
    age: int | None = None
    gender: str | None = None
    country: str | None = None
    address: str | None = None
    phone: str | None = None


@frozen
class RegisterCustomer:
    """Регистрирует покупателя.

    Attributes:
        customers: хранилище.
        clock: часы; говорят время с поясом UTC.
    """

    customers: CustomerRepository
    clock: Callable[[], datetime]

    async def __call__(self, command: RegisterCustomerCommand) -> Customer:
        """Проверяет данные, записывает покупателя и возвращает его с номером.

        Raises:
            domain.errors.InvalidCustomerError: данные нарушают правила.
            domain.errors.EmailAlreadyRegisteredError: адрес занят.
            application.customer_repository.RepositoryUnavailableError: хранилище недоступно.
        """
        new = NewCustomer(
            name=command.name,
            email=command.email,
            age=command.age,
            gender=command.gender,
            country=command.country,
            address=command.address,
            phone=command.phone,
            registered_at=self.clock(),
        )
        return await self.customers.add(new)
