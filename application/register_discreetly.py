"""Вариант использования: зарегистрировать покупателя, не выдав, был ли он уже."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from application.register_customer import RegisterCustomer, RegisterCustomerCommand
from application.repeated_registrations import RepeatedRegistrations
from domain.errors import EmailAlreadyRegisteredError


class DiscreetOutcome(StrEnum):
    """Чем кончилась регистрация, о которой просившему не сказано."""

    REGISTERED = "registered"
    """Покупатель записан."""
    REPLAYED = "replayed"
    """Записан раньше, просьбой с тем же ключом и теми же данными."""
    EMAIL_TAKEN = "email_taken"
    """Адрес занят; об этом узнают подписчики."""


@frozen
class RegisterDiscreetly:
    """Регистрирует покупателя; чем это кончилось, узнаёт не просивший, а тот, чей адрес.

    Путь у всех один и тот же, какой бы ни был исход: и запись, и вторая запись вслед за нею, даже
    если рассказывать не о чем. По времени ответа исхода поэтому не узнать.

    Attributes:
        register: регистрирует, привязав ключи к данным (``DataBoundKeys``).
        repeats: где остаются события о повторных регистрациях.
        clock: часы; говорят время с поясом UTC.
        quiet: как долго о повторных регистрациях одного покупателя больше не говорить.
        on_outcome: узнаёт исход: по ответу его не посчитать.
    """

    register: RegisterCustomer
    repeats: RepeatedRegistrations
    clock: Callable[[], datetime]
    quiet: timedelta
    on_outcome: Callable[[DiscreetOutcome], None] = lambda _outcome: None

    async def __call__(self, command: RegisterCustomerCommand) -> None:
        """Проверяет данные и записывает покупателя, если его ещё нет.

        Raises:
            application.idempotency.InvalidIdempotencyKeyError: ключ неверен.
            domain.errors.InvalidCustomerError: данные нарушают правила.
            application.customer_repository.RepositoryUnavailableError: хранилище недоступно.
        """
        repeated = None
        try:
            registration = await self.register(command)
        except EmailAlreadyRegisteredError as error:
            outcome, repeated = DiscreetOutcome.EMAIL_TAKEN, error.customer_id
        else:
            is_replay = registration.is_replay
            outcome = DiscreetOutcome.REPLAYED if is_replay else DiscreetOutcome.REGISTERED
        now = self.clock()
        await self.repeats.tell_repeated(repeated, now, now - self.quiet)
        self.on_outcome(outcome)
