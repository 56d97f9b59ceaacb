"""``GET /health``: процесс жив; ``GET /health/ready``: ему можно посылать регистрации."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from application.customer_repository import RepositoryUnavailableError
from entrypoints.problem_error import ProblemError


async def health(_request: Request) -> Response:
    """Отвечает 200, что бы ни делала база данных."""
    return JSONResponse({"status": "healthy", "service": "CRM API"})


async def ready(request: Request) -> Response:
    """Отвечает 200; 503, если сервис останавливается или записать покупателя нельзя."""
    if request.state.is_stopping():
        raise ProblemError("not_ready")
    try:
        await request.state.ensure_ready()
    except RepositoryUnavailableError:
        raise ProblemError("not_ready") from None
    return JSONResponse({"status": "ready"}, headers={"Cache-Control": "no-store"})
