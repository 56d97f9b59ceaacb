"""Слои вокруг приложения: CORS и наблюдение за запросами."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from random import getrandbits

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.problems import problem_response
from entrypoints.http.refused_requests import REFUSAL
from entrypoints.http.security_headers import secured
from entrypoints.problem_error import ProblemError
from entrypoints.request_id import current_request

_log = logging.getLogger("crm_api.http")
_VARY = (b"vary", b"Origin")  # RFC 9110, 12.5.5; Fetch, «CORS protocol and HTTP caches»


class Cors(CORSMiddleware):
    """CORS самого Starlette, чей отказ на предварительный запрос — тоже problem+json.

    Стоит снаружи приложения, чтобы заголовки CORS были и у ошибок: иначе браузер скрывает их.
    """

    async def simple_response(
        self, scope: Scope, receive: Receive, send: Send, request_headers: Headers
    ) -> None:
        """Отвечает на обычный запрос.

        Без Origin это не CORS: остаётся сказать кэшам, что с ним ответ был бы другим. Starlette
        говорит то же, но десятой частью всего времени запроса.
        """
        if "origin" in request_headers:
            await super().simple_response(scope, receive, send, request_headers)
            return

        async def send_with_vary(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _VARY]
            await send(message)

        await self.app(scope, receive, send_with_vary)

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


# Вид номера, который дал вызывающий: знаки обычных номеров (UUID, ULID, base64, трассы), но не
# собака и не пробел — адресу и имени в журнале не место; длина ограничивает строку журнала.
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._~+/=:-]{1,64}")
_HEADER = b"x-request-id"


class RequestObserver:
    """Даёт запросу номер, пишет о нём строку, меряет его и ловит то, что не обработано.

    Стоит снаружи всего: номер есть в каждом ответе. В строке нет ни адреса читателя, ни пути,
    которого сервис не знает: в них бывают личные данные. Starlette, ответив 500, бросает ошибку
    дальше, и её текст попал бы в журнал сервера.
    """

    def __init__(self, app: ASGIApp, *, observe: Callable[[str, int, float], None]) -> None:
        """Создаёт слой.

        Args:
            app: что внутри.
            observe: узнаёт маршрут (``-``, если до него не дошло), код ответа и длительность, с.
        """
        self._app = app
        self._observe = observe
        # Номер, метод, маршрут, код ответа и длительность тех, о ком ещё не сказано.
        self._served: list[tuple[str, str, str, int, float]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Пропускает запрос дальше."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0
        request_id = _request_id(scope)
        current_request.set(request_id)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = secured([*message["headers"], (_HEADER, request_id.encode())])
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:  # noqa: BLE001 — последняя граница: дальше только сервер
            _log.exception("unhandled error")
        elapsed = time.perf_counter() - started
        # Отказ самого сервера — не исход маршрута: 400 маршрута значит, что адрес занят.
        route = "-" if REFUSAL in scope else getattr(scope.get("route"), "path", "-")
        self._served.append((request_id, scope["method"], route, status, elapsed))
        if len(self._served) == 1:
            asyncio.get_running_loop().call_soon(self._report)

    def _report(self) -> None:
        """Меряет и записывает всех, кому ответили за оборот цикла событий: подряд это дешевле."""
        served, self._served = self._served, []
        for request_id, method, route, status, elapsed in served:
            current_request.set(request_id)
            self._observe(route, status, elapsed)
            _log.info("%s %s %d in %.1f ms", method, route, status, elapsed * 1000)


def _request_id(scope: Scope) -> str:
    """Берёт верный номер из X-Request-ID или делает свой; неверный не повторяется нигде."""
    for name, value in scope["headers"]:
        if name == _HEADER and _WELL_FORMED.fullmatch(value):
            return str(value, "ascii")
    # 80 бит различают процессы и перезапуски; угадать номер можно, но он ничего и не открывает.
    return f"{getrandbits(80):020x}"
