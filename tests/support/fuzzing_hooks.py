"""Дополнение к schemathesis (переменная ``SCHEMATHESIS_HOOKS``): метит данные и помнит посланное.

Пять оговорок контракта схемой JSON не выразить, и обходит ``before_call`` только их:

- адрес регистрируется один раз;
- ключ идемпотентности принадлежит одним данным;
- ``43.0`` для JSON Schema — целое, для сервиса — нет (об этом говорит описание поля);
- схема описывает тексты в нормальной форме, а сервис приводит их к ней сам: слишком длинное с
  пробелами по краям он примет;
- незаполненное поле формы — пустой текст и там, где схема ждёт числа.

Всё остальное, что схема называет верным, сервис обязан принять, а неверное — отвергнуть.
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import schemathesis

from domain.customer import RULES
from domain.email import normal_email
from domain.rules import WholeNumber
from domain.text import normal_text

SENT = "sent.jsonl"
"""Файл в рабочей папке: всё, что послано телом запроса, по строке на запрос."""

_PERSONAL = ("name", "email", "address", "phone")
_LONG_DOMAIN = 80  # с меткой перед таким адрес вышел бы за предел
_marks = (f"planted{number:06}" for number in count())


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Метит верные данные и записывает любые."""
    del context, kwargs
    if not isinstance(case.body, dict):
        return
    if not _is_valid(case):
        # После этого schemathesis сам решит заново, нарушает ли тело схему.
        case.body = {field: _normal(field, value) for field, value in case.body.items()}
    if _is_valid(case):
        case.body = {field: _marked(field, value) for field, value in case.body.items()}
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = next(_marks)
    with Path(SENT).open("a") as sent:
        # Не orjson: бывают числа длиннее 64 бит и одиночные суррогаты.
        sent.write(json.dumps(case.body, default=str) + "\n")


def _is_valid(case: schemathesis.Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def _normal(field: str, value: Any) -> Any:  # noqa: ANN401 — JSON
    if field not in RULES or not isinstance(value, str):
        return value
    if isinstance(RULES[field], WholeNumber):
        return value if normal_text(value) else None
    return normal_email(value) if field == "email" else normal_text(value)


def _marked(field: str, value: Any) -> Any:  # noqa: ANN401 — JSON
    if field == "age" and isinstance(value, float):
        return int(value)
    if field not in _PERSONAL or not isinstance(value, str):
        return value
    mark = next(_marks)
    if field != "email":
        return value[: -len(mark)] + mark  # длинное не удлиняется: предел остаётся пределом
    local, _, domain = value.rpartition("@")
    return f"{mark}{local[len(mark) :]}@{domain if len(domain) < _LONG_DOMAIN else 'example.ru'}"


def personal_data(sent: Path) -> Iterator[str]:
    """Перечисляет тексты, посланные в полях с личными данными, где бы в поле они ни лежали."""
    for line in sent.read_text().splitlines():
        body = json.loads(line)
        for field in _PERSONAL:
            yield from _texts(body.get(field))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for key, item in value.items():
                yield from _texts(key)
                yield from _texts(item)
