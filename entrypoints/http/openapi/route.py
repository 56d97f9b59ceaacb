"""``GET /openapi.json``."""

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.http.openapi.document import openapi_json


async def openapi(_request: Request) -> Response:
    """Отвечает описанием сервиса."""
    return Response(openapi_json(), media_type="application/json")
