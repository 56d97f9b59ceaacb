"""Просьба зарегистрировать покупателя, какой она приходит в пачку."""

from typing import NamedTuple

from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer


class RegistrationRequest(NamedTuple):
    """Кого записать и чем узнать повтор этой же просьбы."""

    customer: NewCustomer
    key: IdempotencyKey | None = None
