"""``GET /openapi.json``."""

from starlette.requests import Request
from starlette.responses import Response


async def openapi(
    _request: Request, *, public_url: str | None, strict_fields: bool, reveal_taken: bool
) -> Response:
    """Отвечает описанием сервиса."""
    # При первом обращении: запуску сервиса описание не нужно, а стоит оно больше 10 мс.
    from entrypoints.http.openapi.document import openapi_json  # noqa: PLC0415

    document = openapi_json(public_url, strict_fields=strict_fields, reveal_taken=reveal_taken)
    return Response(document, media_type="application/json")
