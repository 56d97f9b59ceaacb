"""Схемы JSON (2020-12): границы берутся из правил домена, здесь только слова и примеры."""

from itertools import takewhile
from typing import Any

from domain.characters import IGNORABLE
from domain.customer import REQUIRED_FIELDS, RULES
from domain.rules import Email, Rule, Text, WholeNumber
from entrypoints.http.openapi.problem_schemas import problem_schemas
from entrypoints.http.register_endpoint import ACCEPTED

type Schema = dict[str, Any]

FIELD_EXAMPLES: dict[str, object] = {
    "name": "Ivan Ivanov",
    "email": "ivan.ivanov@example.ru",
    "age": 33,
    "gender": "Male",
    "country": "Russia",
    "address": "Russia, Orsk, Molodezhnaya St., 18 apartment 6",
    "phone": "+7(921)345-19-48",
}
"""Пример просьбы: значение каждого поля."""

CUSTOMER_EXAMPLE: dict[str, object] = {
    "id": 1,
    **FIELD_EXAMPLES,
    "registered_at": "2026-02-11T13:45:00.000000Z",
}
"""Пример записанного покупателя."""

_DESCRIPTIONS = {
    "name": "Name.",
    "email": (
        "E-mail address: the rule of WHATWG HTML for `<input type=email>`, widened to letters of"
        " any script (RFC 6531); quoted local parts and IP literals are refused, consecutive dots"
        " in the local part are not. Kept in normal form: NFC, lower case, its domain in Unicode;"
        " compared without regard to case, the domain as browsers map it (UTS #46). No pattern is"
        " given: the regular expressions that JSON Schema recommends for every reader (Core, 6.4)"
        " cannot say what a letter is."
    ),
    "age": "Age in whole years; `33.0` is not a whole number here, a blank text is null.",
    "gender": "Gender, free text.",
    "country": "Country, free text.",
    "address": (
        "Postal address, free text; of several lines one is made: a line break becomes a comma, a"
        " tab a space."
    ),
    "phone": "Telephone, free form.",
}
_TEXT_RULES = (
    "Texts are brought to Unicode NFC and stripped of outer white space and outer invisible format"
    " characters (a byte-order mark, for example) before their length is counted in characters; an"
    " optional text in which nothing is visible is the same as null. Invisible characters that"
    " reorder their neighbours and more than 30 combining marks in a row are refused."
)

# Без управляющих знаков (категория Cc) и тех, что переставляют другие; в тексте из нескольких
# строк можно и переводы строк с табуляцией. В обязательном тексте есть и что-то видимое.
_DIRECTION = r"\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = rf"\u0000-\u001f\u007f-\u009f{_DIRECTION}"
_FORBIDDEN_IN_LINES = rf"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f{_DIRECTION}"


def _escaped(ranges: str) -> str:
    r"""Записывает класс знаков через ``\uXXXX``: так его прочтут и Python, и ECMA 262.

    Знаков за пределами первой плоскости здесь нет: без флага ``u`` ECMA 262 видит в каждом два.
    """
    basic = takewhile(lambda char: char <= "\uffff", ranges)
    return "".join(char if char == "-" else f"\\u{ord(char):04x}" for char in basic)


_INVISIBLE = rf"\s\u2800{_escaped(IGNORABLE)}"
_NOT_BLANK = f"^[^{_FORBIDDEN}]*[^{_INVISIBLE}{_FORBIDDEN}][^{_FORBIDDEN}]*$"


def field_schema(name: str) -> Schema:
    """Описывает поле покупателя по его правилу."""
    return {
        **_limits(RULES[name]),
        "description": _DESCRIPTIONS[name],
        "examples": [FIELD_EXAMPLES[name]],
    }


def _limits(rule: Rule) -> Schema:
    match rule:
        case Text(max_length=longest, required=True):
            return {
                "type": "string",
                "minLength": 1,
                "maxLength": longest,
                "pattern": _NOT_BLANK,
            }
        case Text(max_length=longest, folds_lines=folds_lines):
            forbidden = _FORBIDDEN_IN_LINES if folds_lines else _FORBIDDEN
            return {
                "type": ["string", "null"],
                "maxLength": longest,
                "pattern": f"^[^{forbidden}]*$",
            }
        case Email(max_length=longest):
            return {"type": "string", "format": "idn-email", "maxLength": longest}
        case WholeNumber(minimum=least, maximum=most):
            return {"type": ["integer", "null"], "minimum": least, "maximum": most}
        case _:
            raise TypeError(f"no schema for the rule {rule!r}")


def schemas(*, strict_fields: bool, reveal_taken: bool) -> dict[str, Schema]:
    """Возвращает все именованные схемы.

    Args:
        strict_fields: отказывает ли сервис за неизвестные поля тела.
        reveal_taken: говорит ли он, что адрес занят.
    """
    fields = {name: field_schema(name) for name in RULES}
    return {
        "RegisterCustomer": _register_customer(fields, strict_fields=strict_fields),
        "Customer": _customer(fields),
        **({} if reveal_taken else {"Accepted": _status(**ACCEPTED)}),
        **problem_schemas(strict_fields=strict_fields),
        "Health": _status("healthy", service="CRM API"),
        "Ready": _status("ready"),
    }


def _register_customer(fields: dict[str, Schema], *, strict_fields: bool) -> Schema:
    unknown = "Unknown fields are ignored, and named in `X-Ignored-Fields`."
    if strict_fields:
        unknown = "Unknown fields are refused: `unknown_field`."
    schema = {
        "type": "object",
        "description": f"A customer to register. {_TEXT_RULES} {unknown}",
        "required": list(REQUIRED_FIELDS),
        "properties": fields,
        "examples": [FIELD_EXAMPLES],
    }
    return schema | ({"additionalProperties": False} if strict_fields else {})


def _customer(fields: dict[str, Schema]) -> Schema:
    properties: dict[str, Schema] = {
        "id": {
            "type": "integer",
            "minimum": 1,
            # У принятой таблицы столбец бывает и BIGINT; дальше этого JavaScript теряет точность.
            "maximum": 2**53 - 1,
            "description": "Number, given by the database.",
            "examples": [CUSTOMER_EXAMPLE["id"]],
        },
        **fields,
        "registered_at": {
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$",
            "description": "When it was registered: UTC, RFC 3339, always six digits.",
            "examples": [CUSTOMER_EXAMPLE["registered_at"]],
        },
    }
    return {
        "type": "object",
        "description": "A registered customer, every text in its normal form.",
        "required": list(properties),
        "properties": properties,
        "examples": [CUSTOMER_EXAMPLE],
    }


def _status(status: str, **others: str) -> Schema:
    values = {"status": status, **others}
    return {
        "type": "object",
        "required": list(values),
        "properties": {name: {"type": "string", "const": value} for name, value in values.items()},
        "examples": [values],
    }
