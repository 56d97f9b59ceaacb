"""Приложение ASGI: маршруты, обработчики ошибок и слои вокруг них."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan

from entrypoints.http.cors import Preflights
from entrypoints.http.docs import docs, docs_file, to_docs
from entrypoints.http.health import health, ready
from entrypoints.http.openapi.route import openapi
from entrypoints.http.operations_port import OperationsApart
from entrypoints.http.paths import HEALTH, METRICS, READY, REGISTER
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
    strict_fields: bool,
    reveal_taken: bool,
    cors_origins: Sequence[str],
    operations_port: int | None,
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
        strict_fields: отказывают ли за неизвестные поля тела; об этом скажет описание.
        reveal_taken: говорят ли, что адрес занят; и об этом тоже.
        cors_origins: разрешённые источники; ``*`` — любой, но без учётных данных.
        operations_port: порт, на который уходит всё, что не для покупателей, если он свой.
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
                "register_customer": use_cases.register_over_http,
                "ensure_ready": use_cases.ensure_ready,
                "is_stopping": is_stopping,
            }

    described = partial(
        openapi, public_url=public_url, strict_fields=strict_fields, reveal_taken=reveal_taken
    )
    public = _public_routes(endpoint, described)
    app: ASGIApp = _routed([*public, *_operations_routes(metrics)], lifespan)
    if operations_port is not None:
        app = OperationsApart(app, public=_routed(public), port=operations_port)
    app = ProtocolRefusals(app, endpoint.count_refusal)
    return RequestLifecycleMiddleware(traced(Preflights(app, cors_origins)), lifecycle)


def _routed(routes: Sequence[Route], lifespan: Lifespan[Starlette] | None = None) -> ASGIApp:
    app = Starlette(routes=routes, exception_handlers=EXCEPTION_HANDLERS, lifespan=lifespan)
    # Лишняя косая черта — неверный путь, а не повод перенаправить POST.
    app.router.redirect_slashes = False
    return app


def _public_routes(
    endpoint: RegisterEndpoint, described: Callable[[Request], Awaitable[Response]]
) -> list[Route]:
    """Пути для покупателей и их программ."""
    return [
        Route(REGISTER, endpoint, methods=["POST"]),
        Route(HEALTH, health, methods=["GET"]),
        Route("/problems/{code}", problem_page, methods=["GET"]),
        Route("/openapi.json", described, methods=["GET"]),
    ]


def _operations_routes(metrics: RequestMetrics) -> list[Route]:
    """Пути для тех, кто держит сервис."""
    return [
        Route("/docs", docs, methods=["GET"]),
        Route("/docs/{name}", docs_file, methods=["GET"], include_in_schema=False),
        Route("/", to_docs, methods=["GET"], include_in_schema=False),
        Route(READY, ready, methods=["GET"]),
        Route(METRICS, metrics.endpoint, methods=["GET"]),
    ]
