"""Что говорят о покупателе: имена и типы аргументов ``register``."""

from datetime import datetime
from typing import NotRequired, TypedDict


class CustomerFields(TypedDict):
    """Поля ``application.register_customer.RegisterCustomerCommand``; их смысл и правила там.

    Описаны ещё раз, потому что подпись ``register`` одна у двух способов вызова, а выводить её из
    команды проверка типов умеет лишь так, что имени у неё нет.
    """

    name: str
    email: str
    age: NotRequired[int | None]
    gender: NotRequired[str | None]
    country: NotRequired[str | None]
    address: NotRequired[str | None]
    phone: NotRequired[str | None]
    idempotency_key: NotRequired[str | None]
    registered_at: NotRequired[datetime | None]
