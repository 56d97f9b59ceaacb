"""Ключ идемпотентности: по нему повтор узнаётся как та же самая просьба."""

import hashlib
import re
from operator import attrgetter

from attrs import Attribute, field, frozen

from domain.customer import RULES, NewCustomer
from domain.errors import DomainError

MAX_KEY = 255
"""Предел длины ключа в знаках."""

# Печатаемые знаки ASCII: те, что бывают в строке структурированного поля (RFC 9651, 3.3.3).
_WELL_FORMED = re.compile(rf"[\x20-\x7e]{{1,{MAX_KEY}}}")

_values = attrgetter(*RULES)


class InvalidIdempotencyKeyError(DomainError):
    """Ключ не состоит из 1-255 печатаемых знаков ASCII."""

    def __init__(self) -> None:
        super().__init__("invalid idempotency key")


class IdempotencyKeyReusedError(DomainError):
    """С этим ключом уже зарегистрирован покупатель, и данные у него другие."""

    def __init__(self) -> None:
        super().__init__("the idempotency key was used with other data")


def _well_formed(_key: object, _attribute: "Attribute[str]", value: object) -> None:
    if not isinstance(value, str) or not _WELL_FORMED.fullmatch(value):
        raise InvalidIdempotencyKeyError


@frozen
class IdempotencyKey:
    """Ключ, который даёт просьбе вызывающий: один на все её повторы, другой на другую просьбу.

    Raises:
        InvalidIdempotencyKeyError: ключ не состоит из 1-255 печатаемых знаков ASCII.
    """

    value: str = field(validator=_well_formed, repr=False)


def fingerprint(customer: NewCustomer) -> bytes:
    """Возвращает отпечаток данных покупателя, 32 байта SHA-256: по нему их не восстановить.

    Времени регистрации в нём нет: у повтора оно другое. Данные уже в нормальной форме, поэтому
    два написания одного адреса дают один отпечаток. NUL в тексте не бывает, пустого текста тоже.
    """
    values = ["" if value is None else str(value) for value in _values(customer)]
    return hashlib.sha256("\0".join(values).encode()).digest()
