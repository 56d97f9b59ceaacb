"""Клиент магазина: регистрирует по HTTP/1.1 через одно соединение.

Прямо через сокет: обычная библиотека тратит на запрос больше процессора, чем сам сервис, а они
делят одну машину.
"""

import asyncio
import hashlib
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import orjson

from tests.checker.history import NO_ANSWER, Acknowledged, Outcome, Refused, Registration, Unknown

_CREATED = 201
_SERVER_ERROR = 500


class ShopClient:
    """Один покупатель за другим; соединение открывается по необходимости."""

    def __init__(self, url: str, *, deadline: float) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._deadline = deadline
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._disconnect()

    async def register(self, registration: Registration) -> Outcome:
        """Посылает запрос и говорит, что теперь известно; ждёт не дольше срока."""
        outcome: Outcome = Unknown("cancelled")
        try:
            async with asyncio.timeout(self._deadline):
                outcome = await self._exchange(_request(registration))
        except TimeoutError:
            outcome = Unknown(NO_ANSWER)
        except (OSError, EOFError) as error:
            outcome = Unknown(type(error).__name__)
        finally:
            # На 5xx соединение сервиса ещё годится, но ответ мог прийти не весь: проще новое.
            if isinstance(outcome, Unknown):
                self._disconnect()
        return outcome

    async def _exchange(self, request: bytes) -> Outcome:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self._disconnect()
        return _outcome(status, body, replayed="idempotency-replayed" in headers)

    def _disconnect(self) -> None:
        if self._streams is not None:
            # Не close: тот сперва досылал бы запрос, от которого клиент уже отказался.
            self._streams[1].transport.abort()
            self._streams = None


def _request(registration: Registration) -> bytes:
    body = orjson.dumps(
        {"name": registration.name, "email": registration.email, "country": "Russia"}
    )
    key = f"Idempotency-Key: {registration.key}\r\n" if registration.has_key else ""
    return (
        "POST /register HTTP/1.1\r\n"
        "Host: shop.example\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"{key}\r\n"
    ).encode() + body


def _outcome(status: int, body: bytes, *, replayed: bool) -> Outcome:
    if status == _CREATED:
        digest = hashlib.blake2b(body, digest_size=16).digest()
        return Acknowledged(orjson.loads(body)["id"], digest, replayed)
    return Unknown(str(status)) if status >= _SERVER_ERROR else Refused(status)
