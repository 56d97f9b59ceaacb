"""Верны ли ответы: скорость того, кто не делает своей работы, ни о чём не говорит."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from tests.support.customers import IVAN

_CREATED, _TAKEN, _INVALID = 201, 400, 422
_CLOCKS_DIFFER = timedelta(minutes=1)
_BROKEN: Mapping[str, object] = {
    "an array": [IVAN],
    "no name": {name: value for name, value in IVAN.items() if name != "name"},
    "an empty name": {**IVAN, "name": ""},
    "a long name": {**IVAN, "name": "n" * 101},
    "a number as a name": {**IVAN, "name": 5},
    "an address without @": {**IVAN, "email": "ivan.example.ru"},
    "an address with a space": {**IVAN, "email": "ivan ivanov@example.ru"},
    "an age over 150": {**IVAN, "age": 151},
    "a text as an age": {**IVAN, "age": "33"},
    "a long gender": {**IVAN, "gender": "g" * 11},
    "a long country": {**IVAN, "country": "c" * 101},
    "a long address": {**IVAN, "address": "a" * 256},
    "a long phone": {**IVAN, "phone": "1" * 26},
}


class WrongAnswerError(Exception):
    """Программа ответила не то, что должна."""


def check_answers(url: str) -> None:
    """Регистрирует покупателя, его же снова и всё, что регистрировать нельзя.

    Args:
        url: где слушает программа.

    Raises:
        WrongAnswerError: ответ не 201, 400 и 422, или в 201 не тот покупатель.
    """
    given = {**IVAN, "email": f"{uuid.uuid4().hex}@example.ru"}
    least = {"name": given["name"], "email": f"{uuid.uuid4().hex}@example.ru"}
    with httpx2.Client(base_url=url, trust_env=False) as client:
        for customer in (given, least):
            check_created(customer, _answer(client, customer, _CREATED, "a customer"))
        _answer(client, given, _TAKEN, "a taken address")
        for what, body in _BROKEN.items():
            _answer(client, body, _INVALID, what)


def _answer(client: httpx2.Client, body: object, expected: int, what: str) -> Any:  # noqa: ANN401 — JSON
    answer = client.post("/register", json=body)
    if answer.status_code != expected:
        raise WrongAnswerError(f"{what}: {answer.status_code} instead of {expected}")
    return answer.json()


def check_created(given: Mapping[str, object], stored: Mapping[str, Any]) -> None:
    """Проверяет документ ответа 201.

    Args:
        given: что регистрировали.
        stored: что сказано в ответе.

    Raises:
        WrongAnswerError: это не тот покупатель, у него нет номера или времени регистрации.
    """
    wanted = {**dict.fromkeys(IVAN), **given}
    if {name: stored.get(name) for name in IVAN} != wanted:
        raise WrongAnswerError("201 with another customer")
    if type(stored.get("id")) is not int:
        raise WrongAnswerError("201 without a number as its id")
    registered_at = datetime.fromisoformat(str(stored.get("registered_at")))
    # Пояс пишут не все; время у всех UTC.
    if abs(registered_at.replace(tzinfo=UTC) - datetime.now(UTC)) > _CLOCKS_DIFFER:
        raise WrongAnswerError("201 with another time")
