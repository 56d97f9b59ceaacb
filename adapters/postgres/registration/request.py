"""Просьба зарегистрировать покупателя, какой она приходит в пачку."""

from collections.abc import Sequence
from typing import NamedTuple

from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer


class RegistrationRequest(NamedTuple):
    """Кого записать и чем узнать повтор этой же просьбы."""

    customer: NewCustomer
    key: IdempotencyKey | None = None

    def names(self) -> set[str | IdempotencyKey]:
        """По чему просьбы узнают повтор: адрес и, если он есть, ключ."""
        return {self.customer.email} if self.key is None else {self.customer.email, self.key}


def first_of_repeats(batch: Sequence[RegistrationRequest]) -> list[bool]:
    """Говорит о каждой просьбе, первая ли она в пачке и с этим адресом, и с этим ключом."""
    seen: set[str | IdempotencyKey] = set()
    first = []
    for request in batch:
        names = request.names()
        first.append(seen.isdisjoint(names))
        seen |= names
    return first
