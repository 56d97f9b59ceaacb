"""Просьба зарегистрировать покупателя, какой она приходит в пачку."""

from collections.abc import Sequence
from typing import NamedTuple

from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer


class RegistrationRequest(NamedTuple):
    """Кого записать и чем узнать повтор этой же просьбы."""

    customer: NewCustomer
    key: IdempotencyKey | None = None


def first_of_repeats(batch: Sequence[RegistrationRequest]) -> list[bool]:
    """Говорит о каждой просьбе, первая ли она в пачке и с этим адресом, и с этим ключом."""
    seen: set[str | IdempotencyKey] = set()
    names: set[str | IdempotencyKey]
    first = []
    for customer, key in batch:
        names = {customer.email} if key is None else {customer.email, key}
        first.append(seen.isdisjoint(names))
        seen |= names
    return first
