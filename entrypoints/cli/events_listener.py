"""Подписчик на пробу: печатает, что пришло, и говорит, верна ли подпись."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import orjson
from attrs import define, field

from entrypoints.cli.terminal import print_json, print_text, printable
from entrypoints.container import process_container
from entrypoints.webhook_secret import key_of, new_secret

_PORT = 3002
_MOST = 1_000_000  # байт тела
_DIGITS = 20  # больше нет ни в длине, ни во времени
_SILENCE = 10  # секунд тишины, после которых соединение закрывается
_TOLERANCE = 300  # секунд, на которые может отличаться время вызова (Standard Webhooks, библиотеки)


def listen_for_events(port: int | None, *, is_json: bool) -> None:
    """Слушает, пока не прервут.

    Args:
        port: порт; ``None`` — тот, на который события и идут, а без настроек 3002.
        is_json: печатать строки JSON.

    Raises:
        entrypoints.settings.SettingsError: настройки неверны.
        OSError: порт занят.
    """
    container = process_container()
    settings = container.settings()
    keys = settings.webhook_secret
    secret = None if keys else new_secret()
    is_called = settings.webhook_url is not None and settings.webhook_url.startswith("http")
    wanted = port or (urlsplit(settings.webhook_url).port if is_called else None)
    shown = _Shown(keys or (key_of(secret or ""),), container.delivery.is_signed(), is_json)
    with ThreadingHTTPServer(("127.0.0.1", wanted or _PORT), partial(_Receiver, shown)) as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        if secret is not None and not is_json:
            print_text(
                "Put these lines into .env in the folder where the service starts, and start it"
                f" anew:\nCRM_WEBHOOK_URL={url}\nCRM_WEBHOOK_SECRET={secret}"
            )
        if not is_json:
            print_text(f"Listening on {url}; Ctrl-C ends it.")
        server.serve_forever()


@define(eq=False)
class _Shown:
    """Показывает пришедшее."""

    _keys: Sequence[bytes]
    _is_signed: Callable[..., bool]
    _is_json: bool
    _turn: Lock = field(factory=Lock, init=False)

    def __call__(self, headers: Any, body: bytes) -> bool:  # noqa: ANN401 — email.message.Message
        """Печатает вызов; возвращает, верна ли подпись."""
        message_id, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        given = headers.get("webhook-signature", "")
        timestamp = int(moment) if _is_number(moment) else 0
        is_good = abs(time.time() - timestamp) <= _TOLERANCE and self._is_signed(
            given, self._keys, message_id, timestamp, body
        )
        with self._turn:
            if self._is_json:
                told = orjson.loads(body) if is_good else None
                print_json({"webhook_id": message_id, "is_signed": is_good, "body": told})
            else:
                verdict = "signed" if is_good else "WRONG SIGNATURE"
                text = body.decode(errors="replace")
                print_text(f"{printable(message_id)}  {verdict}  {printable(text)}")
        return is_good


def _is_number(text: str) -> bool:
    """Говорит, число ли это: одни цифры, и не столько, что int() их не прочтёт."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


class _Receiver(BaseHTTPRequestHandler):
    """Отвечает 204 на верно подписанное и 401 на прочее."""

    protocol_version = "HTTP/1.1"
    timeout = _SILENCE

    def __init__(self, shown: _Shown, *arguments: Any) -> None:  # noqa: ANN401 — их даёт сервер
        self._shown = shown
        super().__init__(*arguments)

    def do_POST(self) -> None:
        """Принимает вызов."""
        length = self.headers.get("Content-Length", "")
        if not (_is_number(length) and int(length) <= _MOST):
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        is_good = self._shown(self.headers, self.rfile.read(int(length)))
        self._answer(HTTPStatus.NO_CONTENT if is_good else HTTPStatus.UNAUTHORIZED)

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Молчит: о вызове уже сказано."""
