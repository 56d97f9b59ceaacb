"""События предметной области: о чём узнают подписчики."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from attrs import frozen

from domain.customer import CustomerData

CUSTOMER_REGISTERED = "customer.registered"
"""Тип события: покупатель зарегистрирован."""


class Source(StrEnum):
    """Откуда пришла новость о покупателе."""

    REGISTRATION = "registration"
    """Он зарегистрирован только что."""
    IMPORT = "import"
    """Он загружен из файла: знакомы с ним, быть может, давно."""
    BACKFILL = "backfill"
    """Он записан раньше, а подписчик попросил о нём рассказать."""


@frozen(kw_only=True)
class CustomerRegistered:
    """Покупатель зарегистрирован.

    Attributes:
        customer_id: его номер.
        registered_at: когда; UTC.
        customer: его данные, какими они записаны: прежняя версия сервиса могла записать и такие,
            которые нарушают нынешние правила.
        source: откуда пришла новость.
    """

    customer_id: int
    registered_at: datetime
    customer: CustomerData
    source: Source


def event_id(database: UUID, customer_id: int) -> UUID:
    """Возвращает номер события: один и тот же, сколько раз и по какому поводу о нём ни расскажи.

    Args:
        database: номер базы данных, в которой записан покупатель.
        customer_id: номер покупателя.
    """
    return uuid5(database, f"{CUSTOMER_REGISTERED}/{customer_id}")
