"""Ответы и их заголовки: виды отказов — из каталога, примеры строит ``problems``."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import orjson

from entrypoints.http.openapi.problem_schemas import type_enum
from entrypoints.http.problem_examples import example_problem
from entrypoints.http.problems import MEDIA_TYPE, problem_body, problem_headers
from entrypoints.http.unknown_fields import IGNORED_FIELDS
from entrypoints.problem_catalogue import PROBLEM_TYPES
from entrypoints.problem_error import ProblemError
from entrypoints.texts import Language

type Part = dict[str, Any]

REPLAYED = "Idempotency-Replayed"
"""Имя заголовка ответа на повтор."""

HEADERS: dict[str, Part] = {
    "Content-Language": {
        "description": "The language of the answer's texts.",
        "required": True,
        "schema": {"type": "string", "enum": [language.value for language in Language]},
    },
    REPLAYED: {
        "description": "`true`: this is the first outcome again, nothing was stored now.",
        "schema": {"type": "string", "const": "true"},
    },
    IGNORED_FIELDS: {
        "description": (
            "Fields of the body that are not known, misspelt ones most likely: separated by commas,"
            " percent-encoded (RFC 3986). A long name is cut and ends with `+`; `+3` at the end"
            " says that there are three more."
        ),
        "schema": {"type": "string"},
        "example": "e-mail, adress",
    },
    "Retry-After": {
        "description": "Try again after so many seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "Allow": {
        "description": "The methods of this path.",
        "required": True,
        "schema": {"type": "string"},
        "example": "POST",
    },
    "Accept-Encoding": {
        "description": "With `unsupported_content_encoding`: a body is sent as it is.",
        "schema": {"type": "string", "const": "identity"},
    },
    "X-Request-ID": {
        "description": "Names this request; the log has the same.",
        "schema": {"type": "string"},
    },
    "Access-Control-Allow-Origin": {
        "description": "Present when the request has an `Origin` that may read the answer.",
        "schema": {"type": "string"},
        "example": "*",
    },
}

# Чем отвечает любой путь, что бы на нём ни было.
_EVERYWHERE = (
    "bad_request",
    "method_not_allowed",
    "request_timeout",
    "headers_too_large",
    "internal_error",
)

# Отказы, до которых доходит, когда тело уже прочитано: они называют и пропущенные поля.
_AFTER_THE_BODY = {
    "email_taken",
    "invalid_customer",
    "idempotency_key_reused",
    "unavailable",
    "overloaded",
}


def success(description: str, content: Part, *headers: str) -> Part:
    """Описывает удачный ответ."""
    return {
        "description": description,
        "headers": _header_refs(headers),
        "content": content,
    }


def problems(*codes: str, strict_fields: bool = False) -> dict[str, Part]:
    """Описывает отказы одного пути: названные и, после них, те, что бывают на любом.

    Args:
        codes: виды отказов.
        strict_fields: отказывает ли сервис за неизвестные поля тела; пропущенных тогда нет.
    """
    found = [code for code in PROBLEM_TYPES if code in codes or code in _EVERYWHERE]
    # Первый пример берут и те, кто подменяет сервис; своё у пути важнее того, что бывает везде.
    found.sort(key=lambda code: (PROBLEM_TYPES[code].status, code not in codes))
    return {
        str(status.value): _problem(list(group), strict_fields=strict_fields)
        for status, group in groupby(found, key=lambda code: PROBLEM_TYPES[code].status)
    }


def _problem(codes: list[str], *, strict_fields: bool) -> Part:
    headers = dict.fromkeys(
        name
        for code in codes
        for name in problem_headers(ProblemError(code), Language.EN)
        if name in HEADERS
    )
    if "method_not_allowed" in codes:
        headers["Allow"] = None
    if "unsupported_content_encoding" in codes:
        headers["Accept-Encoding"] = None
    if not strict_fields and not _AFTER_THE_BODY.isdisjoint(codes):
        headers[IGNORED_FIELDS] = None
    # Лишнее на вид повторение типов нужно генераторам: без него они бросают весь ответ.
    narrowed = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", **type_enum(codes)}},
    }
    return {
        "description": ". ".join(PROBLEM_TYPES[code].title.english for code in codes) + ".",
        "headers": _header_refs(headers),
        "content": {
            MEDIA_TYPE: {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]},
                "examples": {
                    f"{code}.{language}": _example(code, language)
                    for code in codes
                    for language in Language
                },
            }
        },
    }


def _example(code: str, language: Language) -> Part:
    problem = example_problem(code)
    return {
        "summary": problem.title(language),
        "description": PROBLEM_TYPES[code].advice.text(language, {}),
        "value": orjson.loads(problem_body(problem, language)),
    }


def _header_refs(names: Iterable[str]) -> Part:
    return {
        name: {"$ref": f"#/components/headers/{name}"}
        for name in (*names, "X-Request-ID", "Access-Control-Allow-Origin")
    }
