"""Ключи, записанные версией 0.1.0: просьба, что из неё легло в таблицу и отпечаток рядом с ключом.

Это данные, а не код: сегодняшняя нормальная форма бывает и другой.
"""

import json
from pathlib import Path
from typing import Any

from attrs import frozen


@frozen
class EarlierKey:
    """Ключ.

    Attributes:
        asked: поля, как их прислали.
        stored: поля записанного покупателя.
        fingerprint: отпечаток.
    """

    asked: dict[str, Any]
    stored: dict[str, Any]
    fingerprint: bytes


EARLIER_KEYS = {
    title: EarlierKey(kept["asked"], kept["stored"], bytes.fromhex(kept["fingerprint"]))
    for title, kept in json.loads(
        Path(__file__).with_name("keys_of_0_1_0.json").read_text(encoding="utf-8")
    ).items()
}
