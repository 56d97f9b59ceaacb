"""CORS (Fetch, «CORS protocol»): заголовки ответов и ответ на предварительный запрос.

Здесь решается, какие это заголовки; ответу их даёт ``entrypoints.http.request_lifecycle``.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.problems import problem_response
from entrypoints.http.unknown_fields import IGNORED_FIELDS
from entrypoints.problem_error import ProblemError

type HeaderFields = tuple[tuple[bytes, bytes], ...]

_EXPOSED = (
    "Content-Language",
    "Idempotency-Replayed",
    "Retry-After",
    IGNORED_FIELDS,
    "X-Request-ID",
)
_VARY: HeaderFields = ((b"vary", b"Origin"),)


class CorsPolicy:
    """Кому можно читать ответы.

    С ``*`` заголовки у всех одни: их можно слать и тем, кто не назвал источника, и тогда кэшам не
    нужен ``Vary`` (Fetch, «CORS protocol and HTTP caches»). С перечнем — по таблице.
    """

    def __init__(self, origins: Sequence[str]) -> None:
        exposed = (b"access-control-expose-headers", ", ".join(_EXPOSED).encode())
        self.by_origin: Mapping[bytes, HeaderFields] = {}
        """Заголовки ответа тем, чей источник назван в перечне."""
        self.of_others: HeaderFields = ((b"access-control-allow-origin", b"*"), exposed)
        """Заголовки ответа остальным и тем, кто источника не назвал."""
        if "*" not in origins:
            self.of_others = _VARY
            self.by_origin = {
                origin.encode(): (
                    (b"access-control-allow-origin", origin.encode()),
                    (b"access-control-allow-credentials", b"true"),
                    exposed,
                    *_VARY,
                )
                for origin in origins
            }


class Preflights:
    """Слой ASGI: отвечает на предварительные запросы силами Starlette, остальное пропускает."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._starlette = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            allow_credentials="*" not in origins,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает на предварительный запрос или пропускает запрос дальше."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = Headers(scope=scope)
            if "origin" in headers and "access-control-request-method" in headers:
                await self._answer(headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _answer(self, request_headers: Headers) -> Response:
        """Отвечает; отказ — тоже problem+json."""
        response = self._starlette.preflight_response(request_headers)
        if response.status_code != HTTPStatus.BAD_REQUEST:
            return response
        cors_headers = {
            name: value
            for name, value in response.headers.items()
            if name.startswith("access-control-")
        }
        request = Request({"type": "http", "headers": request_headers.raw})
        return problem_response(request, ProblemError("cors_refused", headers=cors_headers))
