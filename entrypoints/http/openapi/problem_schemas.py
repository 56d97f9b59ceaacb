"""Схемы отказа и нарушенного правила (RFC 9457): коды берутся из каталога."""

from collections.abc import Iterable
from typing import Any

from domain.customer import RULES
from entrypoints.http.problems import type_uri
from entrypoints.http.unknown_fields import MAX_REFUSED
from entrypoints.problem_catalogue import PROBLEM_TYPES
from entrypoints.texts import RULE_CODES

type Schema = dict[str, Any]

_UNKNOWN = "unknown_field"


def problem_schemas(*, strict_fields: bool) -> dict[str, Schema]:
    """Возвращает схемы отказа и нарушенного правила.

    Args:
        strict_fields: отказывает ли сервис за неизвестные поля тела; их имена могут быть любыми.
    """
    codes = [code for code in RULE_CODES if strict_fields or code != _UNKNOWN]
    field: Schema = {"type": "string", "enum": [*RULES, "body"]}
    named = "The field; `body` is the body as a whole."
    if strict_fields:
        field = {"type": "string"}
        named += (
            f" With `{_UNKNOWN}` a field that was sent, percent-encoded (RFC 3986); a long name is"
            f" cut and ends with `+`. At most {MAX_REFUSED} of these are named."
        )
    return {
        "Problem": _problem(field),
        "BrokenRule": _broken_rule({**field, "description": named}, codes),
    }


def type_enum(codes: Iterable[str]) -> Schema:
    """Перечисляет виды отказов; имена значений нужны генераторам: из адресов их не сделать."""
    codes = list(codes)
    return {
        "enum": [type_uri(code) for code in codes],
        "x-enum-varnames": [code.upper() for code in codes],
    }


def _problem(field: Schema) -> Schema:
    return {
        "type": "object",
        "description": "Problem details (RFC 9457), in the language of `Content-Language`.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {
                "type": "string",
                "format": "uri-reference",
                "description": "The problem's type; a page at this address describes it.",
                **type_enum(PROBLEM_TYPES),
            },
            "title": {"type": "string", "description": "The type in words."},
            "status": {
                "type": "integer",
                "enum": sorted({found.status for found in PROBLEM_TYPES.values()}),
            },
            "detail": {"type": "string", "description": "What happened, for a person to read."},
            "field": {
                **field,
                "description": "The field, where every one of `errors` is of the same.",
            },
            "errors": {
                "type": "array",
                "minItems": 1,
                "description": (
                    "Every broken rule at once; present with `email_taken`, `invalid_customer`"
                    " and `invalid_body`."
                ),
                "items": {"$ref": "#/components/schemas/BrokenRule"},
            },
        },
    }


def _broken_rule(field: Schema, codes: list[str]) -> Schema:
    return {
        "type": "object",
        "required": ["field", "code", "detail", "limits"],
        "properties": {
            "field": field,
            "code": {"type": "string", "enum": codes, "description": "Stable."},
            "detail": {"type": "string", "description": "The rule, for a person to read."},
            "limits": {
                "type": "object",
                "description": "The numbers of the rule, where it has any.",
                "properties": {
                    "min": {"type": "integer", "description": "Not less than this."},
                    "max": {"type": "integer", "description": "Not more than this."},
                },
            },
        },
    }
