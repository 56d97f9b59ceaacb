"""События предметной области: о чём узнают подписчики."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from attrs import frozen

from domain.customer import CustomerData

CUSTOMER_REGISTERED = "customer.registered"
"""Тип события: покупатель зарегистрирован."""

REGISTRATION_REPEATED = "customer.registration_repeated"
"""Тип события: того, кто уже есть, просят зарегистрировать снова."""

EVENT_TYPES = (CUSTOMER_REGISTERED, REGISTRATION_REPEATED)
"""Все типы событий."""


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


@frozen(kw_only=True)
class RegistrationRepeated:
    """Покупателя, который уже есть, просят зарегистрировать снова.

    Просившему об этом не сказано, поэтому тот, чей адрес, узнаёт от подписчика. Присланного с
    просьбой здесь нет: прислать её мог кто угодно.

    Attributes:
        customer_id: его номер.
        registered_at: когда он зарегистрирован; UTC.
        customer: его данные, какими они записаны.
        repeated_at: когда просили снова; UTC.
    """

    customer_id: int
    registered_at: datetime
    customer: CustomerData
    repeated_at: datetime


type CustomerEvent = CustomerRegistered | RegistrationRepeated
"""Событие о покупателе."""


def event_id(database: UUID, customer_id: int, repeated_at: datetime | None = None) -> UUID:
    """Возвращает номер события: один и тот же, сколько раз и по какому поводу о нём ни расскажи.

    Args:
        database: номер базы данных, в которой записан покупатель.
        customer_id: номер покупателя.
        repeated_at: когда просили снова, UTC; ``None`` — событие о самой регистрации.
    """
    if repeated_at is None:
        return uuid5(database, f"{CUSTOMER_REGISTERED}/{customer_id}")
    moment = repeated_at.isoformat(timespec="microseconds")
    return uuid5(database, f"{REGISTRATION_REPEATED}/{customer_id}/{moment}")
