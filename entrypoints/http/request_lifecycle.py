"""Начало и конец запроса: они у всех одни, какой бы путь ни вёл к ответу."""

import asyncio
import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import getrandbits

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.cors import CorsPolicy, HeaderFields
from entrypoints.http.paths import HEALTH, METRICS, READY
from entrypoints.http.problems import problem_response
from entrypoints.http.refused_requests import REFUSAL_SCOPE_KEY
from entrypoints.http.security_headers import SECURITY_HEADERS
from entrypoints.log_lines import LogLines
from entrypoints.problem_error import ProblemError
from entrypoints.request_id import current_request

_log = logging.getLogger("crm_api.http")
# Их спрашивают машины, каждые секунды: в журнале они видны с порогом DEBUG.
_PROBES = {HEALTH, READY, METRICS}

REQUEST_ID = b"x-request-id"
"""Заголовок с номером запроса, и в запросе, и в ответе."""

# Вид номера, который дал вызывающий: знаки обычных номеров (UUID, ULID, base64, трассы), но не
# собака и не пробел — адресу и имени в журнале не место; длина ограничивает строку журнала.
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._~+/=:-]{1,64}")


def _new_id() -> str:
    # 80 бит различают процессы и перезапуски; угадать номер можно, но он ничего и не открывает.
    return getrandbits(80).to_bytes(10).hex()


type RequestContext = tuple[str, float, HeaderFields]
"""Начатый запрос: его номер; когда он начат, с; заголовки, которые прибавит его ответ."""

type _Served = defaultdict[tuple[str, str, int], list[tuple[str, float]]]


def _with_added(headers: HeaderFields, added: HeaderFields) -> HeaderFields:
    # Vary о другом нашей не заменяет: такие строки складываются (RFC 9110, 5.3).
    names = {name for name, value in headers if name != b"vary" or b"Origin" in value}
    return (*[header for header in added if header[0] not in names], *headers)


_remembered_with_added = lru_cache(maxsize=512)(_with_added)


class RequestLifecycle:
    """Начинает и кончает запросы: номер, CORS, безопасность, строка журнала, замер."""

    def __init__(
        self,
        cors: CorsPolicy,
        observer: Callable[[str, int], Callable[[Sequence[float]], None]],
        *,
        new_id: Callable[[], str] = _new_id,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Готовит начало и конец каждого запроса.

        Args:
            cors: кому можно читать ответы.
            observer: даёт по маршруту (``-``, если до него не дошло) и коду ответа то, что узнаёт
                длительности запросов, с.
            new_id: даёт номер запросу, у которого своего нет.
            clock: секунды с любого начала.
        """
        self._added_of_others = (*SECURITY_HEADERS, *cors.of_others)
        self._added_by_origin = {
            origin: (*SECURITY_HEADERS, *headers) for origin, headers in cors.by_origin.items()
        }
        self._observer = observer
        self._observers: dict[tuple[str, int], Callable[[Sequence[float]], None]] = {}
        self._new_id = new_id
        self._clock = clock
        # О ком ещё не сказано: метод, маршрут и код ответа; номера запросов и длительности, с.
        self._served: _Served = defaultdict(list)

    def begin(self, given_id: bytes | None, origin: bytes | None) -> RequestContext:
        """Начинает запрос.

        Args:
            given_id: номер, который дал отправитель; неверный не повторяется нигде.
            origin: источник, если отправитель его назвал.
        """
        if given_id is not None and _WELL_FORMED.fullmatch(given_id):
            request_id = str(given_id, "ascii")
        else:
            request_id = self._new_id()
        added = self._added_of_others
        if origin is not None:
            added = self._added_by_origin.get(origin, added)
        return request_id, self._clock(), added

    def headers(
        self, request: RequestContext, headers: HeaderFields
    ) -> tuple[HeaderFields, tuple[bytes, bytes]]:
        """Прибавляет к заголовкам ответа недостающие; того, что ответ поставил сам, не трогает.

        Returns:
            Все заголовки, кроме номера: такие бывают и у многих других ответов; и номер.
        """
        request_id, _, added = request
        return _with_added(headers, added), (REQUEST_ID, request_id.encode())

    def frequent_headers(
        self, request: RequestContext, headers: HeaderFields
    ) -> tuple[HeaderFields, tuple[bytes, bytes]]:
        """Делает то же, что ``headers``, помня сделанное: так дешевле, если таких ответов много.

        Для ответов, чьи заголовки коротки: предварительный запрос CORS отражает до 16 КиБ
        присланного, и помнить их значило бы держать память за отправителем.
        """
        request_id, _, added = request
        return _remembered_with_added(headers, added), (REQUEST_ID, request_id.encode())

    def end(self, request: RequestContext, method: str, route: str, status: int) -> None:
        """Кончает запрос; в журнале и замерах он будет к концу оборота цикла событий."""
        request_id, started, _ = request
        if not self._served:
            asyncio.get_running_loop().call_soon(self._report)
        self._served[method, route, status].append((request_id, self._clock() - started))

    def _report(self) -> None:
        """Меряет и записывает всех, кому ответили за оборот цикла событий: вместе это дешевле."""
        served, self._served = self._served, defaultdict(list)
        for (method, route, status), requests in served.items():
            observe = self._observers.get((route, status))
            if observe is None:
                observe = self._observers[route, status] = self._observer(route, status)
            observe([elapsed for _, elapsed in requests])
            told = f"{method} {route} {status} in"
            lines = [(one, f"{told} {elapsed * 1000:.1f} ms") for one, elapsed in requests]
            _log.log(logging.DEBUG if route in _PROBES else logging.INFO, LogLines(lines))


class RequestLifecycleMiddleware:
    """Слой ASGI снаружи всего: номер и CORS есть и у ошибок, и ловит он то, что не обработано.

    В строке журнала нет ни адреса читателя, ни пути, которого сервис не знает: в них бывают личные
    данные. Starlette, ответив 500, бросает ошибку дальше, и её текст попал бы в журнал сервера.
    """

    def __init__(self, app: ASGIApp, lifecycle: RequestLifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Пропускает запрос дальше."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = self._lifecycle.begin(*_given_by_sender(scope))
        request_id, _, _ = request
        current_request.set(request_id)
        status = 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers, id_header = self._lifecycle.headers(request, tuple(message["headers"]))
                message = {**message, "headers": [*headers, id_header]}
            await send(message)

        try:
            await self._app(scope, receive, send_dressed)
        except Exception:  # noqa: BLE001 — последняя граница: дальше только сервер
            _log.exception("unhandled error")
            if not status:
                answer = problem_response(Request(scope), ProblemError("internal_error"))
                await answer(scope, receive, send_dressed)
        # Отказ самого сервера — не исход маршрута: 400 маршрута значит, что адрес занят.
        route = "-" if REFUSAL_SCOPE_KEY in scope else getattr(scope.get("route"), "path", "-")
        self._lifecycle.end(request, scope["method"], route, status)


def _given_by_sender(scope: Scope) -> tuple[bytes | None, bytes | None]:
    """Находит номер запроса, первый из верных, и источник."""
    request_id = origin = None
    for name, value in scope["headers"]:
        if name == REQUEST_ID and request_id is None and _WELL_FORMED.fullmatch(value):
            request_id = value
        elif name == b"origin" and origin is None:
            origin = value
    return request_id, origin
