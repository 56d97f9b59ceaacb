"""Регистрация из асинхронного кода."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Never, Unpack

import attrs
from dependency_injector import providers

from application.register_customer import RegisterCustomer, RegisterCustomerCommand
from domain.customer import Customer
from entrypoints.container import Container, opened
from entrypoints.python.fields import CustomerFields
from entrypoints.settings import Settings, load_settings
from entrypoints.use_cases import UseCases

MAX_AT_ONCE = 1024
"""Вызовов, которые хранилище видит сразу: две полных пачки, одна пишется, другая ждёт."""

NOT_PICKLED = (
    "an open registration cannot be pickled: its connections stay in this process; send the data"
    " of the customer, and open a registration in the process that stores it"
)


def check_process(opened_by: int) -> None:
    """Возвращается, если это тот процесс, который открыл регистрацию.

    Raises:
        RuntimeError: это его потомок: цикл событий и соединения остались у родителя.
    """
    if os.getpid() != opened_by:
        raise RuntimeError(
            "registration was opened before this process was forked: open it in this process,"
            " with Celery in a handler of worker_process_init"
        )


class AsyncRegister:
    """Регистрирует покупателей, пока открыта регистрация.

    Вызовов сразу может быть сколько угодно: лишние ждут своей очереди здесь, где у ожидания нет
    срока, а не в хранилище, которое отказало бы.
    """

    def __init__(self, register_customer: RegisterCustomer) -> None:
        self._register_customer = register_customer
        self._turns = asyncio.Semaphore(MAX_AT_ONCE)
        self._opened_by = os.getpid()
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    async def __call__(self, **fields: Unpack[CustomerFields]) -> Customer:
        """Записывает покупателя и возвращает его с номером.

        Повтор с тем же ``idempotency_key`` и теми же данными возвращает того же покупателя.

        Raises:
            application.idempotency.InvalidIdempotencyKeyError: ключ неверен.
            application.idempotency.IdempotencyKeyReusedError: ключ занят другими данными.
            domain.errors.InvalidCustomerError: данные нарушают правила.
            domain.errors.EmailAlreadyRegisteredError: адрес занят.
            application.customer_repository.RepositoryUnavailableError: хранилище недоступно.
            RuntimeError: регистрация закрыта, открыта до fork или в другом цикле событий.
        """
        command = RegisterCustomerCommand(**fields)
        check_process(self._opened_by)
        # Соединения живут в своём цикле: из другого исхода было бы не дождаться.
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(
                "registration was opened in another event loop: open it in this one, or use"
                " registration(), which may be called from any thread"
            )
        if self._is_closed:
            raise RuntimeError("registration is closed")
        async with self._turns:
            return (await self._register_customer(command)).customer

    def __reduce__(self) -> Never:
        """Не даёт послать себя другому процессу: соединения остались бы здесь.

        Raises:
            TypeError: всегда.
        """
        raise TypeError(NOT_PICKLED)

    async def aclose(self) -> None:
        """Перестаёт принимать вызовы и дожидается исхода принятых."""
        self._is_closed = True
        # Семафор пускает в порядке прихода: последнее место достанется после всех вызовов.
        for _ in range(MAX_AT_ONCE):
            await self._turns.acquire()


@asynccontextmanager
async def async_registration(
    database_url: str | None = None, *, container: Container | None = None
) -> AsyncIterator[AsyncRegister]:
    """Открывает регистрацию; в конце дожидается исхода принятых вызовов и закрывает всё.

    Схема базы данных приводится к текущей, если этого не запрещают настройки.

    Args:
        database_url: адрес libpq; ``memory://`` — хранилище в памяти, ``""`` — встроенный
            PostgreSQL; ``None`` — как велят настройки (``CRM_DATABASE_URL``).
        container: собственный контейнер, например с другим хранилищем.

    Raises:
        entrypoints.settings.SettingsError: настройки или ``database_url`` неверны.
        entrypoints.database_container.STARTUP_ERRORS: база данных недоступна.
    """
    async with opened_use_cases(database_url, container) as use_cases:
        register = AsyncRegister(use_cases.register_customer)
        try:
            yield register
        finally:
            await register.aclose()


@asynccontextmanager
async def opened_use_cases(
    database_url: str | None, container: Container | None
) -> AsyncIterator[UseCases]:
    """Открывает варианты использования; аргументы и ошибки — как у ``async_registration``."""
    container = container or Container()
    async with AsyncExitStack() as stack:
        if database_url is not None:
            given = providers.Singleton(_settings, database_url)
            # Контейнер бывает чужой: после блока в нём снова свои настройки.
            stack.enter_context(container.settings.override(given))
        yield await stack.enter_async_context(opened(container, is_prepared=False))


def _settings(database_url: str) -> Settings:
    settings = load_settings({**os.environ, "CRM_DATABASE_URL": database_url})
    # Пустая переменная значит «не задано», и адрес нашёлся бы в .env.
    return settings if database_url else attrs.evolve(settings, database_url=None)
