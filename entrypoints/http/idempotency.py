"""Заголовок ``Idempotency-Key``: строка структурированного поля или простой ключ."""

import re
from collections.abc import Sequence

from application.idempotency import InvalidIdempotencyKeyError

# draft-ietf-httpapi-idempotency-key-header-07, 2.1 велит строку (RFC 9651, 3.3.3): в кавычках,
# с обратной косой чертой перед кавычкой и перед собой. Параметров у неё черновик не знает.
_STRING = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_ESCAPED = re.compile(r"\\(.)")
# Многие клиенты шлют ключ без кавычек: знаки token (RFC 9110, 5.6.2) и то, чем пишут base64.
_BARE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~:/=-]+")


def idempotency_key(values: Sequence[str]) -> str | None:
    """Возвращает ключ из значений заголовка; ``"k"`` и ``k`` — один ключ, без заголовка — ``None``.

    Raises:
        application.idempotency.InvalidIdempotencyKeyError: заголовков несколько или он не разобран.
    """
    if not values:
        return None
    if len(values) == 1:
        given = values[0].strip(" \t")
        if _BARE.fullmatch(given):
            return given
        if found := _STRING.fullmatch(given):
            return _ESCAPED.sub(r"\1", found[1])
    raise InvalidIdempotencyKeyError
