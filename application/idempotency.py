"""Ключ идемпотентности: по нему повтор узнаётся как та же самая просьба."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from attrs import Attribute, field, frozen

from domain.customer import RULES, Customer, NewCustomer
from domain.errors import DomainError, InvalidCustomerError

MAX_KEY = 255
"""Предел длины ключа в знаках."""

# Поля первой версии: ключи, записанные с их отпечатком, хранятся годами, поэтому ни состав, ни
# порядок меняться не могут. Поле, которое появится потом, этого списка не касается.
_FIRST_FIELDS = ("name", "email", "age", "gender", "country", "address", "phone")
_LATER_FIELDS = tuple(name for name in RULES if name not in _FIRST_FIELDS)
_first_values = attrgetter(*_FIRST_FIELDS)
# Что делает просьбы одной: адрес здесь тот, по которому сравнивают.
_compared_values = attrgetter(*("compared_email" if name == "email" else name for name in RULES))


class InvalidIdempotencyKeyError(DomainError):
    """Ключ не состоит из 1-255 печатаемых знаков ASCII."""

    def __init__(self) -> None:
        super().__init__("invalid idempotency key")


class IdempotencyKeyReusedError(DomainError):
    """С этим ключом уже зарегистрирован покупатель, и данные у него другие."""

    def __init__(self) -> None:
        super().__init__("the idempotency key was used with other data")


def _well_formed(_key: object, _attribute: "Attribute[str]", value: object) -> None:
    # Печатаемые знаки ASCII: те, что бывают в строке структурированного поля (RFC 9651, 3.3.3).
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= MAX_KEY
        or not (value.isascii() and value.isprintable())
    ):
        raise InvalidIdempotencyKeyError


@frozen
class IdempotencyKey:
    """Ключ, который даёт просьбе вызывающий: один на все её повторы, другой на другую просьбу.

    Attributes:
        value: он сам.
        used_at: когда с ним пришла эта просьба, если время регистрации покупателя дано ею самой;
            UTC. Время тогда — тоже данные: у повтора оно то же. ``None`` — время дали часы, и это
            оно и есть. Ключи равны, когда бы они ни пришли.

    Raises:
        InvalidIdempotencyKeyError: ключ не состоит из 1-255 печатаемых знаков ASCII.
    """

    value: str = field(validator=_well_formed, repr=False)
    used_at: datetime | None = field(default=None, eq=False)


def fingerprint(
    customer: NewCustomer, later_fields: Sequence[str] = _LATER_FIELDS, *, email: str | None = None
) -> bytes:
    """Возвращает отпечаток данных покупателя, 32 байта SHA-256: по нему их не восстановить.

    Времени регистрации в нём нет: у повтора оно другое. Данные уже в нормальной форме, поэтому
    два написания одного адреса дают один отпечаток. NUL в тексте не бывает, пустого текста тоже.

    Args:
        customer: покупатель.
        later_fields: поля, которых не было в первой версии. Отпечаток зависит от такого поля,
            только если оно задано: ключи, записанные до его появления, остаются верны.
        email: что взять вместо адреса; ``None`` — его самого.
    """
    values = ["" if value is None else str(value) for value in _first_values(customer)]
    if email is not None:
        values[_FIRST_FIELDS.index("email")] = email
    for name in later_fields:
        if (value := getattr(customer, name)) is not None:
            values += (name, str(value))
    return hashlib.sha256("\0".join(values).encode()).digest()


@frozen
class KnownKey:
    """Ключ, с которым покупатель уже записан, и правило, по которому узнаётся повтор.

    Attributes:
        fingerprint: отпечаток данных первой просьбы.
        customer_id: номер покупателя.
        registered_at: его время регистрации; UTC.
        stored: поля покупателя, какими он дал их, по именам из ``domain.customer.RULES``. Нужны,
            только если отпечаток не тот; ``None`` — покупателя больше нет.
        used_at: когда исполнена первая просьба; UTC. ``None`` — тогда же, когда он
            зарегистрирован.
    """

    fingerprint: bytes
    customer_id: int
    registered_at: datetime
    stored: Mapping[str, Any] | None = None
    used_at: datetime | None = None

    @classmethod
    def of(cls, customer: Customer, key: IdempotencyKey) -> "KnownKey":
        """Строит ключ, с которым только что записан покупатель."""
        stored = {name: getattr(customer, name) for name in RULES}
        return cls(fingerprint(customer), customer.id, customer.registered_at, stored, key.used_at)

    @property
    def first_used_at(self) -> datetime:
        """Когда исполнена первая просьба; UTC."""
        return self.used_at or self.registered_at

    def replay(self, new: NewCustomer, key: IdempotencyKey) -> Customer:
        """Возвращает покупателя, которого записала первая просьба, если ``new`` — её повтор.

        Отпечаток записала, может быть, прежняя версия, у которой нормальная форма была другой, а у
        повтора бывает другим регистр адреса. Поэтому, если отпечаток не тот, с просьбой
        сравнивается сам покупатель, приведённый к сегодняшней нормальной форме.

        Args:
            new: просьба.
            key: с каким ключом она пришла.

        Raises:
            IdempotencyKeyReusedError: данные у просьбы другие.
        """
        first = new if self.fingerprint == fingerprint(new) else self._stored()
        if first is None or _compared_values(first) != _compared_values(new):
            raise IdempotencyKeyReusedError
        is_time_given = key.used_at is not None or self.first_used_at != self.registered_at
        if is_time_given and self.registered_at != new.registered_at:
            raise IdempotencyKeyReusedError
        return Customer.of(first, id=self.customer_id, registered_at=self.registered_at)

    def _stored(self) -> NewCustomer | None:
        if self.stored is None:
            return None
        try:
            return NewCustomer(**self.stored, registered_at=self.registered_at)
        except InvalidCustomerError:
            # Записанный нарушает нынешние правила, а просьба им верна: значит, данные у неё другие.
            return None
