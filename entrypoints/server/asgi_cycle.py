"""Один запрос у приложения ASGI: тело ему, ответ — в соединение (ASGI, HTTP & WebSocket, 2.3)."""

import asyncio
import logging
from typing import Any, Protocol
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from entrypoints.server.message_head import (
    CONTINUE,
    RequestHead,
    check_headers,
    header_lines,
    response_head,
)
from entrypoints.server.request_parser import IncomingRequest

_log = logging.getLogger("crm_api.server")

_NO_BODY = frozenset({204, 304})  # RFC 9110, 6.4.1
_CLOSE = b"close"


class Answering(Protocol):
    """Соединение, которому отвечают."""

    @property
    def is_closing(self) -> bool:
        """Закрывается ли оно."""
        ...

    @property
    def common_headers(self) -> bytes:
        """Строки заголовков, общих всем ответам."""
        ...

    def stays_open_after(self, request: IncomingRequest, status: int) -> bool:
        """Решает, останется ли оно после этого ответа."""
        ...

    def resume_reading(self) -> None:
        """Читает дальше."""

    def write(self, data: bytes) -> None:
        """Посылает байты."""

    async def drain(self) -> None:
        """Ждёт, пока читатель заберёт накопленное."""

    def end_answer(self) -> None:
        """Узнаёт, что на запрос ответили."""

    def abort(self) -> None:
        """Обрывает его."""


class AsgiCycle:
    """Ведёт запрос от вызова приложения до последнего байта ответа.

    Голова ответа ждёт первой порции тела, и короткий ответ уходит одной записью в сокет: ждать
    тела велит и ASGI («Response Start»).
    """

    def __init__(self, connection: Answering, request: IncomingRequest, scope: Scope) -> None:
        self._connection = connection
        self._request = request
        self._scope = scope
        self._news = asyncio.Event()  # прислали ещё тела, ушёл отправитель, отказано, отвечено
        self._head = b""  # голова, которая ждёт тела
        self._unsent: int | None = None  # байтов тела осталось по Content-Length
        self._is_chunked = False
        self._has_started = False
        self._is_all_taken = False  # последняя порция тела у приложения
        self._is_over = False
        self._is_gone = False

    async def run(self, app: ASGIApp) -> None:
        """Зовёт приложение; не ответившее до конца теряет соединение."""
        try:
            await app(self._scope, self.receive, self.send)
        except Exception:  # noqa: BLE001 — последняя граница: дальше только соединение
            _log.exception("unhandled error outside of the application's layers")
        finally:
            if not (self._is_over or self._is_gone or self._connection.is_closing):
                self._connection.abort()

    def notify(self) -> None:
        """Будит приложение, если оно ждёт тела."""
        self._news.set()

    def refuse(self, key: str, code: str) -> None:
        """Оставляет в области запроса вид отказа: ответит на него само приложение, один раз."""
        self._scope[key] = code
        self._news.set()

    def disconnect(self) -> None:
        """Узнаёт, что отправителя больше нет."""
        self._is_gone = True
        self._news.set()

    async def receive(self) -> Message:
        """Отдаёт приложению очередную порцию тела, а после последней ждёт конца запроса.

        Конец — ответили, или отправитель ушёл: раньше ``http.disconnect`` не говорится.
        """
        request = self._request
        if request.awaits_continue and not self._has_started:
            request.awaits_continue = False
            self._connection.write(CONTINUE)
        if not self._is_gone and not self._is_over:
            if not request.body and not request.is_complete:
                self._connection.resume_reading()
                await self._news.wait()
            self._news.clear()
        while self._is_all_taken and not self._is_gone and not self._is_over:
            await self._news.wait()
            self._news.clear()
        if self._is_gone or self._is_over:
            return {"type": "http.disconnect"}
        body, request.body = bytes(request.body), bytearray()
        self._is_all_taken = request.is_complete
        return {"type": "http.request", "body": body, "more_body": not request.is_complete}

    async def send(self, message: Message) -> None:
        """Посылает порцию ответа; ждёт, пока её заберут, если прежних накопилось много.

        Raises:
            RuntimeError: приложение нарушило порядок сообщений или обещанную длину.
            ValueError: заголовок ответа неверен.
        """
        await self._connection.drain()
        if self._is_gone or self._connection.is_closing:
            return
        if self._is_over:
            raise RuntimeError("the response is complete already")
        match message["type"]:
            case "http.response.start" if not self._has_started:
                self._start(message)
            case "http.response.body" if self._has_started:
                self._continue(message.get("body", b""), is_last=not message.get("more_body"))
            case other:
                raise RuntimeError(f"unexpected message {other}")

    def _start(self, message: Message) -> None:
        status: int = message["status"]
        headers = list(message.get("headers", ()))
        check_headers(headers)
        fields = dict(headers)
        if fields.get(b"connection", b"").lower() == _CLOSE:
            self._request.keep_alive = False
            headers.remove((b"connection", fields[b"connection"]))
        if (length := fields.get(b"content-length")) is not None:
            self._unsent = int(length)
        elif status not in _NO_BODY and self._scope["method"] != "HEAD":
            self._is_chunked = True
            headers.append((b"transfer-encoding", b"chunked"))
        self._has_started = True
        if self._request.awaits_continue and not self._request.is_complete:
            # Тела не разрешили, и пришлёт ли его отправитель, не узнать (RFC 9110, 10.1.1).
            self._request.keep_alive = False
        self._head = response_head(
            status,
            self._connection.common_headers + header_lines(headers),
            keep_alive=self._connection.stays_open_after(self._request, status),
        )

    def _continue(self, body: bytes, *, is_last: bool) -> None:
        framed = self._framed(body, is_last=is_last)
        if data := self._head + framed:
            self._head = b""
            self._connection.write(data)
        if is_last:
            self._is_over = True
            self._news.set()
            self._connection.end_answer()

    def _framed(self, body: bytes, *, is_last: bool) -> bytes:
        if self._scope["method"] == "HEAD":
            return b""
        if self._is_chunked:
            chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            return chunk + b"0\r\n\r\n" if is_last else chunk
        self._unsent = (self._unsent or 0) - len(body)
        if self._unsent < 0 or (is_last and self._unsent):
            raise RuntimeError("the response body is not as long as its Content-Length")
        return body


def asgi_scope(head: RequestHead, transport: asyncio.Transport, state: dict[str, Any]) -> Scope:
    """Описывает запрос так, как велит ASGI.

    Args:
        head: начало запроса.
        transport: чей он; по нему — адреса обеих сторон.
        state: состояние, которое приложение оставило, начиная работу.
    """
    raw_path, query = head.path_and_query()
    path = raw_path.decode("ascii")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": head.version,
        "method": head.method,
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": head.headers,
        "state": state.copy(),
        "scheme": "http",
        "client": _address(transport, "peername"),
        "server": _address(transport, "sockname"),
    }


def _address(transport: asyncio.Transport, name: str) -> tuple[str, int] | None:
    found = transport.get_extra_info(name)
    return (found[0], found[1]) if isinstance(found, tuple) else None
