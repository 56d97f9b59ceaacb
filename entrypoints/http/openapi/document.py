"""Описание сервиса целиком: OpenAPI 3.1."""

from functools import cache
from importlib.metadata import version
from typing import Any

import orjson

from entrypoints.http.openapi.operations import paths
from entrypoints.http.openapi.responses import HEADERS, REPLAYED
from entrypoints.http.openapi.schemas import schemas
from entrypoints.http.openapi.webhooks import event_schemas, webhooks
from entrypoints.http.unknown_fields import IGNORED_FIELDS

_DESCRIPTION = """\
Registers the customers of a web shop.

Every error is `application/problem+json` (RFC 9457), in Russian unless `Accept-Language` prefers \
English or asks for other languages without Russian, with CORS headers. An unknown path is \
answered 404 with the type `/problems/not_found`; a CORS preflight of a foreign origin, 400 with \
`/problems/cors_refused`.
"""


def openapi_document(
    public_url: str | None = None, *, strict_fields: bool = False, reveal_taken: bool = True
) -> dict[str, Any]:
    """Строит документ OpenAPI 3.1.1 (https://spec.openapis.org/oas/v3.1.1).

    Args:
        public_url: адрес сервиса, без косой черты в конце; ``None`` — тот, с которого его взяли.
        strict_fields: отказывает ли сервис за неизвестные поля тела.
        reveal_taken: говорит ли он, что адрес занят.
    """
    unused = {IGNORED_FIELDS} if strict_fields else set()
    if not reveal_taken:
        unused.add(REPLAYED)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "CRM API",
            "version": version("crm-api"),
            "description": _DESCRIPTION,
            "contact": {"name": "Those who run this service"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": public_url or "/"}],
        # Ни входа, ни ключей доступа: сервис открыт всем, кто до него достаёт.
        "security": [],
        "tags": [
            {"name": "customers", "description": "What the shop needs"},
            {"name": "events", "description": "What subscribers are told"},
            {"name": "operations", "description": "What those who run the service need"},
            {"name": "documentation", "description": "What those who read it need"},
        ],
        "paths": paths(strict_fields=strict_fields, reveal_taken=reveal_taken),
        "webhooks": webhooks(reveal_taken=reveal_taken),
        "components": {
            "schemas": {
                **schemas(strict_fields=strict_fields, reveal_taken=reveal_taken),
                **event_schemas(reveal_taken=reveal_taken),
            },
            "headers": {name: told for name, told in HEADERS.items() if name not in unused},
        },
    }


@cache
def openapi_json(
    public_url: str | None = None, *, strict_fields: bool = False, reveal_taken: bool = True
) -> bytes:
    """Возвращает документ в JSON; строится один раз, при первом обращении."""
    document = openapi_document(public_url, strict_fields=strict_fields, reveal_taken=reveal_taken)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)
