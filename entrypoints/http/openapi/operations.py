"""Пути сервиса и их операции."""

from typing import Any

from entrypoints.http.idempotency_key_header import PATTERN
from entrypoints.http.ignored_fields import IGNORED_FIELDS
from entrypoints.http.openapi.responses import problems, success
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
        " structured-field string (RFC 9651, 3.3.3)."
    ),
    "schema": {"type": "string", "pattern": PATTERN},
    "example": "9b2f6a1e-7c1d-4b5e-8f0a-2d3c4b5a6978",
}


def paths() -> dict[str, Part]:
    """Возвращает все описанные пути."""
    return {
        "/register": {"post": _register()},
        "/health": {"get": _health()},
        "/health/ready": {"get": _ready()},
        "/metrics": {"get": _metrics()},
        "/problems/{code}": {"get": _problem_page()},
        "/openapi.json": {"get": _openapi()},
        "/docs": {"get": _docs()},
    }


def _register() -> Part:
    return {
        "operationId": "registerCustomer",
        "tags": ["customers"],
        "summary": "Register a customer",
        "description": (
            "Stores the customer durably and once; 201 comes after the commit. A repeat with the"
            " same `Idempotency-Key` and data gets the first 201 again; without a key, an e-mail"
            " that is registered already is answered 400."
        ),
        "parameters": [_IDEMPOTENCY_KEY, _ACCEPT_LANGUAGE],
        "requestBody": {
            "required": True,
            "description": "A JSON object in UTF-8, at most 16 KiB. Any `+json` type will do.",
            "content": {"application/json": {"schema": _ref("RegisterCustomer")}},
        },
        "responses": {
            "201": success(
                "Registered.",
                {"application/json": {"schema": _ref("Customer")}},
                "Idempotency-Replayed",
                IGNORED_FIELDS,
            ),
            **problems(
                "email_taken",
                "body_too_large",
                "unsupported_media_type",
                "invalid_customer",
                "invalid_body",
                "invalid_idempotency_key",
                "idempotency_key_reused",
                "unavailable",
                "overloaded",
            ),
        },
    }


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
        "schema": {"type": "string", "enum": list(PROBLEM_TYPES)},
    }
    page = {"text/html": {"schema": {"type": "string"}}}
    return {
        "operationId": "problem",
        "tags": ["documentation"],
        "summary": "Describe a problem type",
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
        "responses": {
            "200": success("A page for people.", {"text/html": {"schema": {"type": "string"}}}),
            "304": {"description": "Not changed since `If-None-Match`."},
            **problems(),
        },
    }


def _ref(schema: str) -> Part:
    return {"$ref": f"#/components/schemas/{schema}"}
