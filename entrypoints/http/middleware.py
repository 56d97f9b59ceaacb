"""Слои вокруг приложения: CORS и журнал запросов."""

import logging
import time
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.problems import ProblemError, problem_response

_log = logging.getLogger("crm_api.http")


class Cors(CORSMiddleware):
    """CORS самого Starlette, чей отказ на предварительный запрос — тоже problem+json.

    Стоит снаружи всего, чтобы заголовки CORS были и у ошибок: иначе браузер скрывает их.
    """

    def preflight_response(self, request_headers: Headers) -> Response:
        """Отвечает на предварительный запрос."""
        response = super().preflight_response(request_headers)
        if response.status_code != HTTPStatus.BAD_REQUEST:
            return response
        cors_headers = {
            name: value
            for name, value in response.headers.items()
            if name.startswith("access-control-")
        }
        request = Request({"type": "http", "headers": request_headers.raw})
        problem = ProblemError("cors_refused", headers=cors_headers)
        return problem_response(request, problem)


class RequestLog:
    """Пишет о каждом запросе строку и ловит то, что приложение не обработало.

    В строке нет ни адреса читателя, ни пути, которого сервис не знает: в них бывают личные
    данные. Starlette, ответив 500, бросает ошибку дальше, и её текст попал бы в журнал сервера.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Пропускает запрос дальше."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        except Exception:  # noqa: BLE001 — последняя граница: дальше только сервер
            _log.exception("unhandled error")
        elapsed = (time.perf_counter() - started) * 1000
        path = scope["path"] if "endpoint" in scope else "-"
        _log.info("%s %s %d in %.1f ms", scope["method"], path, status, elapsed)
