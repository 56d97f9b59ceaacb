"""Короткий путь: обычная регистрация мимо маршрутов и слоёв Starlette.

Решается это один раз, по голове запроса; всё необычное идёт через приложение ASGI. Ответ на обоих
путях даёт одно и то же: ``RequestLifecycle``, ``RegisterEndpoint.answer`` и ``problems``.
"""

import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from attrs import frozen

from entrypoints.http.accept_language import preferred_language
from entrypoints.http.cors import HeaderFields
from entrypoints.http.idempotency_key_header import idempotency_key
from entrypoints.http.paths import REGISTER
from entrypoints.http.problems import REFUSING_ERRORS, http_problem, translated_response
from entrypoints.http.raw_answer import RawAnswer
from entrypoints.http.register_endpoint import RegisterEndpoint
from entrypoints.http.register_request import MAX_BODY
from entrypoints.http.request_lifecycle import REQUEST_ID, RequestContext, RequestLifecycle
from entrypoints.http.sender_address import Peer
from entrypoints.request_id import current_request

_log = logging.getLogger("crm_api.http")

_METHOD = "POST"
_TARGET = REGISTER.encode()
_JSON = b"application/json"
_UNUSUAL = frozenset({b"expect", b"transfer-encoding", b"content-encoding"})
_KEY = b"idempotency-key"
_MAX_DIGITS = len(str(MAX_BODY))

type Fields = dict[bytes, bytes]
"""Значения заголовков по именам строчными; имена не повторяются."""

type FastAnswer = tuple[int, HeaderFields, tuple[bytes, bytes], bytes]
"""Код ответа, заголовки без номера запроса, заголовок с номером и тело."""

type FastRequest = Callable[[bytes, dict[str, Any], Peer], Coroutine[Any, Any, FastAnswer]]
"""Запрос на коротком пути: отвечает на регистрацию и ошибок не бросает.

Даются ему тело, то, что приложение оставило, начиная работу, и другой конец соединения.
"""


@frozen
class FastPath:
    """Принимает запросы, на которые можно ответить коротким путём."""

    lifecycle: RequestLifecycle
    endpoint: RegisterEndpoint

    def accept(self, method: str, target: bytes, fields: Fields) -> FastRequest | None:
        """Принимает обычный запрос: регистрацию в JSON, чья длина известна и мала.

        Остальное возвращает ``None``: ответит приложение ASGI.
        """
        if target != _TARGET or method != _METHOD or not _UNUSUAL.isdisjoint(fields):
            return None
        media_type = fields.get(b"content-type", b"")
        if media_type != _JSON and not media_type.startswith(b"application/json;"):
            return None
        length = fields.get(b"content-length", b"")
        # Длину из одних цифр проверил llhttp; ведущих нулей у обычного запроса нет.
        if not 0 < len(length) <= _MAX_DIGITS or int(length) > MAX_BODY:
            return None
        request = self.lifecycle.begin(fields.get(REQUEST_ID), fields.get(b"origin"))
        return partial(self._answer, request, fields)

    async def _answer(
        self,
        request: RequestContext,
        fields: Fields,
        body: bytes,
        state: dict[str, Any],
        peer: Peer,
    ) -> FastAnswer:
        request_id, _, _ = request
        current_request.set(request_id)
        try:
            given = fields.get(_KEY)
            key = None if given is None else idempotency_key(given.decode("latin-1"))
            limit = self.endpoint.limit
            if limit is not None:
                limit.check(peer, fields.items())
            status, headers, content = await self.endpoint.answer(
                state["register_customer"], body, key
            )
        except Exception as error:  # noqa: BLE001 — последняя граница: дальше только соединение
            if not isinstance(error, REFUSING_ERRORS):
                _log.exception("unhandled error")
            self.endpoint.count_refusal(error)
            status, headers, content = _refusal(error, fields)
        self.lifecycle.end(request, _METHOD, REGISTER, status)
        return status, *self.lifecycle.frequent_headers(request, headers), content


def _refusal(error: Exception, fields: Fields) -> RawAnswer:
    accepted = fields.get(b"accept-language", b"").decode("latin-1")
    response = translated_response(preferred_language(accepted), http_problem(error))
    return response.status_code, tuple(response.raw_headers), bytes(response.body)
