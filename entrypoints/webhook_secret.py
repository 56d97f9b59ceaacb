"""Секрет, которым подписывают события (Standard Webhooks 1.0, «Signing secret»)."""

import base64
import binascii
import secrets

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # байт ключа

WANTED = f"{_PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64; crm-api events listen makes one"
"""Каким секрет должен быть, словами."""


def new_secret() -> str:
    """Делает новый секрет."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Возвращает ключ, который записан в секрете.

    Проверяется строго: библиотеки разных языков понимают негодный секрет по-разному, и подпись не
    сошлась бы молча.

    Raises:
        ValueError: секрет негоден; самого его в тексте нет.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(WANTED) from None
    return key
