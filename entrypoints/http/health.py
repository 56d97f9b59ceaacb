"""``GET /health``: процесс жив, что бы ни делала база данных."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def health(_request: Request) -> Response:
    """Отвечает 200."""
    return JSONResponse({"status": "healthy", "service": "CRM API"})
