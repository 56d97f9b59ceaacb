"""Подпись вызова (Standard Webhooks 1.0, «Signature scheme»)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # байт ключа
_VERSION = "v1"


class InvalidSecretError(ValueError):
    """Секрет не такой, какой велит спецификация; самого его в тексте нет."""

    def __init__(self) -> None:
        super().__init__(
            f"must be {_PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64,"
            " as crm-api events listen makes one"
        )


def new_secret() -> str:
    """Делает новый секрет."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Возвращает ключ, который записан в секрете.

    Проверяется строго: библиотеки разных языков понимают негодный секрет по-разному, и подпись не
    сошлась бы молча.

    Raises:
        InvalidSecretError: секрет негоден.
    """
    if not secret.startswith(_PREFIX):
        raise InvalidSecretError
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSecretError from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise InvalidSecretError
    return key


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """Подписывает вызов каждым ключом: пока секрет меняют, у подписчика верен хоть один.

    Args:
        keys: ключи.
        message_id: номер события, ``webhook-id``.
        timestamp: секунд от начала эпохи, ``webhook-timestamp``.
        body: тело, байт в байт.

    Returns:
        Значение ``webhook-signature``.
    """
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    digests = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return " ".join(f"{_VERSION},{base64.b64encode(digest).decode()}" for digest in digests)


def is_signed(
    given: str, keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes
) -> bool:
    """Говорит, есть ли среди подписей ``given`` верная."""
    right = [one.encode() for one in signature(keys, message_id, timestamp, body).split()]
    return any(
        hmac.compare_digest(one.encode(errors="replace"), each)
        for one in given.split()
        for each in right
    )
