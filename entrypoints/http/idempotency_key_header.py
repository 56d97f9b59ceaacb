"""Заголовок ``Idempotency-Key``: строка структурированного поля или простой ключ."""

import re

from application.idempotency import MAX_KEY, InvalidIdempotencyKeyError

# draft-ietf-httpapi-idempotency-key-header-07, 2.1 велит строку (RFC 9651, 3.3.3): в кавычках,
# с обратной косой чертой перед кавычкой и перед собой. Параметров у неё черновик не знает.
_STRING = rf'"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){{1,{MAX_KEY}}}"'
# Многие клиенты шлют ключ без кавычек: знаки token (RFC 9110, 5.6.2) и то, чем пишут base64.
_BARE = rf"[A-Za-z0-9!#$%&'*+.^_`|~:/=-]{{1,{MAX_KEY}}}"
PATTERN = f"^(?:{_STRING}|{_BARE})$"
"""Верное значение заголовка: регулярное выражение, понятное и Python, и ECMA 262."""

_WELL_FORMED = re.compile(PATTERN)
_ESCAPED = re.compile(r"\\(.)")


def idempotency_key(value: str) -> str:
    """Возвращает ключ из значения заголовка; ``"k"`` и ``k`` — один ключ.

    Raises:
        application.idempotency.InvalidIdempotencyKeyError: значение неверно.
    """
    value = value.strip(" \t")
    if not _WELL_FORMED.fullmatch(value):
        raise InvalidIdempotencyKeyError
    return _ESCAPED.sub(r"\1", value[1:-1]) if value[0] == '"' else value
