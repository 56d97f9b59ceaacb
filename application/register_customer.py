"""Вариант использования: зарегистрировать покупателя."""

from collections.abc import Callable
from datetime import datetime

from attrs import define, frozen

from application.customer_repository import CustomerAndKey, CustomerRepository, Registration
from application.idempotency import IdempotencyKey
from domain.customer import CustomerData, NewCustomer
from domain.events import Source


@define(kw_only=True)
class RegisterCustomerCommand(CustomerData):
    """Команда: зарегистрировать покупателя.

    Attributes:
        idempotency_key: узнаёт повтор этой же просьбы, 1-255 печатаемых знаков ASCII.
        registered_at: когда он зарегистрирован, если не сейчас: переезжая из другого магазина,
            покупатель этого не теряет. С поясом, не позже часов.
    """

    idempotency_key: str | None = None
    registered_at: datetime | None = None


@frozen
class RegisterCustomer:
    """Регистрирует покупателя.

    Attributes:
        customers: хранилище.
        clock: часы; говорят время с поясом UTC.
        source: откуда новости для подписчиков; ``None`` — им не сообщать.
    """

    customers: CustomerRepository
    clock: Callable[[], datetime]
    source: Source | None = Source.REGISTRATION

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
        new, key = customer_and_key(command, self.clock())
        return await self.customers.add(new, key, self.source)


def customer_and_key(command: RegisterCustomerCommand, now: datetime) -> CustomerAndKey:
    """Проверяет команду и возвращает, кого записать и с каким ключом.

    Args:
        command: команда.
        now: который час; UTC.

    Raises:
        application.idempotency.InvalidIdempotencyKeyError: ключ неверен.
        domain.errors.InvalidCustomerError: данные нарушают правила.
    """
    given, given_time = command.idempotency_key, command.registered_at
    used_at = None if given_time is None else now
    key = None if given is None else IdempotencyKey(given, used_at)
    return NewCustomer.from_data(command, now=now, registered_at=given_time), key
