"""Вариант использования: зарегистрировать покупателя."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from attrs import frozen

from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey
from domain.customer import CustomerData, NewCustomer, NormalData
from domain.events import Source


@frozen(kw_only=True)
class RegisterCustomerCommand(CustomerData):
    """Команда: зарегистрировать покупателя.

    Attributes:
        idempotency_key: узнаёт повтор этой же просьбы, 1-255 печатаемых знаков ASCII.
        registered_at: когда он зарегистрирован, если не сейчас: переезжая из другого магазина,
            покупатель этого не теряет. С поясом, не позже часов.
    """

    idempotency_key: str | None = None
    registered_at: datetime | None = None


class CheckedCommand(NamedTuple):
    """Та же команда, к данным которой правила уже применены.

    Attributes:
        data: данные.
        idempotency_key: ключ команды.
        registered_at: её время; UTC.
    """

    data: NormalData
    idempotency_key: str | None
    registered_at: datetime | None


def checked(command: RegisterCustomerCommand, now: datetime) -> CheckedCommand:
    """Применяет правила к данным команды, ничего не записывая.

    Args:
        command: команда.
        now: который час; UTC.

    Raises:
        domain.errors.InvalidCustomerError: данные нарушают правила.
    """
    given_time = command.registered_at
    new = NewCustomer.from_data(command, now=now, registered_at=given_time)
    moment = None if given_time is None else new.registered_at
    return CheckedCommand(new.data, command.idempotency_key, moment)


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

    async def __call__(self, command: RegisterCustomerCommand | CheckedCommand) -> Registration:
        """Проверяет данные, записывает покупателя и возвращает его с номером.

        Повтор с тем же ключом и теми же данными возвращает того же покупателя, не записывая.

        Raises:
            application.idempotency.InvalidIdempotencyKeyError: ключ неверен.
            application.idempotency.IdempotencyKeyReusedError: ключ занят другими данными.
            domain.errors.InvalidCustomerError: данные нарушают правила.
            domain.errors.EmailAlreadyRegisteredError: адрес занят.
            application.customer_repository.RepositoryUnavailableError: хранилище недоступно.
        """
        given, given_time, now = command.idempotency_key, command.registered_at, self.clock()
        used_at = None if given_time is None else now
        key = None if given is None else IdempotencyKey(given, used_at)
        if isinstance(command, CheckedCommand):
            new = NewCustomer.of_normal(command.data, registered_at=given_time or now)
        else:
            new = NewCustomer.from_data(command, now=now, registered_at=given_time)
        return await self.customers.add(new, key, self.source)
