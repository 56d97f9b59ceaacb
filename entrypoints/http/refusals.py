"""Отказы самого сервера: ответ на них даёт приложение, как и на всё остальное.

Так у запроса, который не разобрать, есть problem+json, CORS, язык, номер и строка журнала.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.problems import ProblemError, problem_response

REFUSAL = "crm_api.refusal"
"""Ключ области запроса (ASGI scope), под которым сервер оставляет вид отказа."""

_STATUSES = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "request_timeout": HTTPStatus.REQUEST_TIMEOUT,
    "headers_too_large": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}


class Refusals:
    """Слой ASGI: отвечает на запрос, которому сервер уже отказал."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает отказом или пропускает запрос дальше."""
        if (code := scope.get(REFUSAL)) is None:
            await self._app(scope, receive, send)
            return
        problem = ProblemError(_STATUSES[code], code)
        await problem_response(Request(scope), problem)(scope, receive, send)
