"""Приложение ASGI: маршруты, обработчики ошибок и слои вокруг них."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from application.register_customer import RegisterCustomer
from entrypoints.http.docs import docs, docs_file, to_docs
from entrypoints.http.health import health
from entrypoints.http.middleware import Cors, RequestLog
from entrypoints.http.openapi.route import openapi
from entrypoints.http.problem_page import problem_page
from entrypoints.http.problems import EXCEPTION_HANDLERS
from entrypoints.http.register import register


def create_app(
    opened: Callable[[], AbstractAsyncContextManager[RegisterCustomer]],
    *,
    cors_origins: Sequence[str],
) -> ASGIApp:
    """Собирает приложение.

    Args:
        opened: открывает вариант использования на время работы приложения.
        cors_origins: разрешённые источники; ``*`` — любой, но без учётных данных.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, RegisterCustomer]]:
        async with opened() as register_customer:
            yield {"register_customer": register_customer}

    app = Starlette(
        routes=[
            Route("/register", register, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            Route("/problems/{code}", problem_page, methods=["GET"]),
            Route("/openapi.json", openapi, methods=["GET"]),
            Route("/docs", docs, methods=["GET"]),
            Route("/docs/{name}", docs_file, methods=["GET"], include_in_schema=False),
            Route("/", to_docs, methods=["GET"], include_in_schema=False),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )
    # Лишняя косая черта — неверный путь, а не повод перенаправить POST.
    app.router.redirect_slashes = False
    return Cors(
        RequestLog(app),
        allow_origins=cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        allow_credentials="*" not in cors_origins,
        expose_headers=["Content-Language", "Retry-After"],
    )
