"""Обычный скрипт: никакого ``async``; где база данных, говорит ``CRM_DATABASE_URL``.

Прерванный запускают снова: по ключам те, кто уже записан, узнаются и отказа не получают.
"""

from crm_api import (
    CustomerFields,
    EmailAlreadyRegisteredError,
    InvalidCustomerError,
    RepositoryUnavailableError,
    registration,
)

GUESTS: list[CustomerFields] = [
    {"name": "Ivan Ivanov", "email": "ivan@example.ru", "age": 33, "idempotency_key": "guest-1"},
    {"name": "Мария Петрова", "email": "мария@пример.рф", "idempotency_key": "guest-2"},
    {"name": "Ivan again", "email": "IVAN@example.ru", "idempotency_key": "guest-3"},
    {"name": "Nobody", "email": "nobody", "age": 151, "idempotency_key": "guest-4"},
]

with registration() as register:
    for guest in GUESTS:
        try:
            customer = register(**guest)
            print("registered", customer.id, customer.email)
        except EmailAlreadyRegisteredError:
            print("already there")
        except InvalidCustomerError as error:
            print("refused", *(f"{broken.field}: {broken.code}" for broken in error.broken_rules))
        except RepositoryUnavailableError as error:
            raise SystemExit(f"try again later: {error}") from None
