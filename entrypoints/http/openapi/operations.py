"""Пути сервиса и их операции."""

from collections.abc import Sequence
from typing import Any

from entrypoints.http.idempotency_key_header import PATTERN
from entrypoints.http.openapi.responses import REPLAYED, problems, success
from entrypoints.http.openapi.schemas import CUSTOMER_EXAMPLE, FIELD_EXAMPLES
from entrypoints.http.paths import HEALTH, METRICS, READY, REGISTER
from entrypoints.http.register_endpoint import ACCEPTED
from entrypoints.http.unknown_fields import IGNORED_FIELDS
from entrypoints.problem_catalogue import PROBLEM_TYPES

type Part = dict[str, Any]

_ACCEPT_LANGUAGE: Part = {
    "name": "Accept-Language",
    "in": "header",
    "description": (
        "Russian unless English is preferred, or other languages are asked for and Russian is"
        " not (RFC 9110, 12.5.4)."
    ),
    "schema": {"type": "string"},
    "example": "en",
}

_IDEMPOTENCY_KEY: Part = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "Makes a retry safe: one key for all tries of one registration, as a bare token or a"
        " structured-field string (RFC 9651, 3.3.3). A new UUID will do."
    ),
    # Без примера: генераторы и страницы слали бы его все, а ключ у каждой просьбы свой.
    "schema": {"type": "string", "pattern": PATTERN},
}


def paths(*, strict_fields: bool, reveal_taken: bool) -> dict[str, Part]:
    """Возвращает все описанные пути.

    Args:
        strict_fields: отказывает ли сервис за неизвестные поля тела.
        reveal_taken: говорит ли он, что адрес занят.
    """
    return {
        REGISTER: {"post": _register(strict_fields=strict_fields, reveal_taken=reveal_taken)},
        HEALTH: {"get": _health()},
        READY: {"get": _ready()},
        METRICS: {"get": _metrics()},
        "/problems/{code}": {"get": _problem_page()},
        "/openapi.json": {"get": _openapi()},
        "/docs": {"get": _docs()},
    }


_REVEALING = (
    "Stores the customer durably and once; 201 comes after the commit. A repeat with the"
    " same `Idempotency-Key` and data gets the first 201 again; without a key, an e-mail"
    " that is registered already is answered 400."
)
_DISCREET = (
    "Stores the customer durably and once, if there is none with this e-mail. 202 comes after the"
    " commit in either case and does not tell which it was; a subscriber tells the owner of the"
    " address. A repeat with the same `Idempotency-Key` and data is no news."
)
# О чём молчит сервис, который не говорит, что адрес занят.
_TELLING = {"email_taken", "idempotency_key_reused"}
_REFUSALS = (
    "email_taken",
    "body_too_large",
    "unsupported_media_type",
    "unsupported_content_encoding",
    "invalid_customer",
    "invalid_body",
    "invalid_idempotency_key",
    "idempotency_key_reused",
    "rate_limited",
    "unavailable",
    "overloaded",
)


def _register(*, strict_fields: bool, reveal_taken: bool) -> Part:
    refusals = [code for code in _REFUSALS if reveal_taken or code not in _TELLING]
    ignored = [] if strict_fields else [IGNORED_FIELDS]
    return {
        "operationId": "registerCustomer",
        "tags": ["customers"],
        "summary": "Register a customer",
        "description": _REVEALING if reveal_taken else _DISCREET,
        "parameters": [_IDEMPOTENCY_KEY, _ACCEPT_LANGUAGE],
        "requestBody": {
            "required": True,
            "description": "A JSON object in UTF-8, at most 16 KiB. Any `+json` type will do.",
            "content": {
                "application/json": {
                    "schema": _ref("RegisterCustomer"),
                    "example": FIELD_EXAMPLES,
                }
            },
        },
        "responses": {
            **(_registered(ignored) if reveal_taken else _accepted(ignored)),
            **problems(*refusals, strict_fields=strict_fields),
        },
    }


def _registered(headers: Sequence[str]) -> Part:
    content = {"application/json": {"schema": _ref("Customer"), "example": CUSTOMER_EXAMPLE}}
    return {"201": success("Registered.", content, REPLAYED, *headers)}


def _accepted(headers: Sequence[str]) -> Part:
    content = {"application/json": {"schema": _ref("Accepted"), "example": dict(ACCEPTED)}}
    told = "Registered now or before: the answer is the same."
    return {"202": success(told, content, *headers)}


def _health() -> Part:
    return {
        "operationId": "health",
        "tags": ["operations"],
        "summary": "Tell that the process is alive",
        "description": "200 whatever the database does.",
        "responses": {
            "200": success("Alive.", {"application/json": {"schema": _ref("Health")}}),
            **problems(),
        },
    }


def _ready() -> Part:
    return {
        "operationId": "ready",
        "tags": ["operations"],
        "summary": "Tell whether registrations can be taken",
        "description": "503 while the database cannot take one or the service is stopping.",
        "responses": {
            "200": success("Ready.", {"application/json": {"schema": _ref("Ready")}}),
            **problems("not_ready"),
        },
    }


def _metrics() -> Part:
    return {
        "operationId": "metrics",
        "tags": ["operations"],
        "summary": "Metrics for Prometheus",
        "description": "Counters and histograms of all processes of the service.",
        "responses": {
            "200": success(
                "Prometheus text format.", {"text/plain": {"schema": {"type": "string"}}}
            ),
            **problems(),
        },
    }


def _problem_page() -> Part:
    code = {
        "name": "code",
        "in": "path",
        "required": True,
        "description": "The last part of a problem's `type`.",
        "schema": {"type": "string", "enum": list(PROBLEM_TYPES)},
    }
    page = {"text/html": {"schema": {"type": "string"}}}
    return {
        "operationId": "problem",
        "tags": ["documentation"],
        "summary": "Describe a problem type",
        "description": "The page to which the `type` of an error leads.",
        "parameters": [code, _ACCEPT_LANGUAGE],
        "responses": {
            "200": success("A page for people.", page, "Content-Language"),
            **problems("not_found"),
        },
    }


def _openapi() -> Part:
    return {
        "operationId": "openapi",
        "tags": ["documentation"],
        "summary": "This document",
        "description": "The same bytes until the service is updated.",
        "responses": {
            "200": success("OpenAPI 3.1.", {"application/json": {"schema": {"type": "object"}}}),
            **problems(),
        },
    }


def _docs() -> Part:
    return {
        "operationId": "docs",
        "tags": ["documentation"],
        "summary": "This document as an interactive page",
        "description": "Makes a new `Idempotency-Key` for each try that has none.",
        "responses": {
            "200": success("A page for people.", {"text/html": {"schema": {"type": "string"}}}),
            "304": {"description": "Not changed since `If-None-Match`."},
            **problems(),
        },
    }


def _ref(schema: str) -> Part:
    return {"$ref": f"#/components/schemas/{schema}"}
