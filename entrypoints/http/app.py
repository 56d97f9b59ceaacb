"""Приложение ASGI: маршруты, обработчики ошибок и слои вокруг них."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from entrypoints.http.cors import Preflights
from entrypoints.http.docs import docs, docs_file, to_docs
from entrypoints.http.health import health, ready
from entrypoints.http.openapi.route import openapi
from entrypoints.http.problem_page import problem_page
from entrypoints.http.problems import EXCEPTION_HANDLERS
from entrypoints.http.refused_requests import ProtocolRefusals
from entrypoints.http.register_endpoint import RegisterEndpoint
from entrypoints.http.request_lifecycle import RequestLifecycle, RequestLifecycleMiddleware
from entrypoints.http.request_metrics import RequestMetrics
from entrypoints.use_cases import UseCases


def create_app(  # noqa: PLR0913 — части, из которых оно состоит
    opened: Callable[[], AbstractAsyncContextManager[UseCases]],
    *,
    public_url: str | None,
    cors_origins: Sequence[str],
    metrics: RequestMetrics,
    lifecycle: RequestLifecycle,
    endpoint: RegisterEndpoint,
    is_stopping: Callable[[], bool],
    traced: Callable[[ASGIApp], ASGIApp],
) -> ASGIApp:
    """Собирает приложение.

    Args:
        opened: открывает варианты использования на время работы приложения.
        public_url: под каким адресом сервис видят снаружи, если это известно.
        cors_origins: разрешённые источники; ``*`` — любой, но без учётных данных.
        metrics: замеры запросов и всего остального.
        lifecycle: начало и конец каждого запроса; те же и у короткого пути.
        endpoint: отвечает на регистрацию; тот же и у короткого пути.
        is_stopping: говорит, что сервис останавливается и новых запросов ему не надо.
        traced: окружает приложение слоем трасс или возвращает его же.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, object]]:
        async with opened() as use_cases:
            yield {
                "register_customer": use_cases.register_customer,
                "ensure_ready": use_cases.ensure_ready,
                "is_stopping": is_stopping,
            }

    app = Starlette(
        routes=_routes(endpoint, metrics, public_url),
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )
    # Лишняя косая черта — неверный путь, а не повод перенаправить POST.
    app.router.redirect_slashes = False
    return RequestLifecycleMiddleware(
        traced(Preflights(ProtocolRefusals(app), cors_origins)), lifecycle
    )


def _routes(
    endpoint: RegisterEndpoint, metrics: RequestMetrics, public_url: str | None
) -> list[Route]:
    return [
        Route("/register", endpoint, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
        Route("/problems/{code}", problem_page, methods=["GET"]),
        Route("/openapi.json", partial(openapi, public_url=public_url), methods=["GET"]),
        Route("/docs", docs, methods=["GET"]),
        Route("/docs/{name}", docs_file, methods=["GET"], include_in_schema=False),
        Route("/", to_docs, methods=["GET"], include_in_schema=False),
        Route("/health/ready", ready, methods=["GET"]),
        Route("/metrics", metrics.endpoint, methods=["GET"]),
    ]
