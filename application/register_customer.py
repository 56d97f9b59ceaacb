"""Вариант использования: зарегистрировать покупателя."""

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer


@frozen(kw_only=True)
class RegisterCustomerCommand:
    """Команда: зарегистрировать покупателя; смысл и правила полей — в ``NewCustomer``.

    Attributes:
        idempotency_key: узнаёт повтор этой же просьбы, 1-255 печатаемых знаков ASCII.
    """

    name: str
    email: str
    age: int | None = None
    gender: str | None = None
    country: str | None = None
    address: str | None = None
    phone: str | None = None
    idempotency_key: str | None = None


@frozen
class RegisterCustomer:
    """Регистрирует покупателя.

    Attributes:
        customers: хранилище.
        clock: часы; говорят время с поясом UTC.
    """

    customers: CustomerRepository
    clock: Callable[[], datetime]

    async def __call__(self, command: RegisterCustomerCommand) -> Registration:
        """Проверяет данные, записывает покупателя и возвращает его с номером.

        Повтор с тем же ключом и теми же данными возвращает того же покупателя, не записывая.

        Raises:
            application.idempotency.InvalidIdempotencyKeyError: ключ неверен.
            application.idempotency.IdempotencyKeyReusedError: ключ занят другими данными.
            domain.errors.InvalidCustomerError: данные нарушают правила.
            domain.errors.EmailAlreadyRegisteredError: адрес занят.
            application.customer_repository.RepositoryUnavailableError: хранилище недоступно.
        """
        given = command.idempotency_key
        key = None if given is None else IdempotencyKey(given)
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
        return await self.customers.add(new, key)
