"""Подпись события (Standard Webhooks 1.0, «Signature scheme»)."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

_VERSION = "v1"


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
