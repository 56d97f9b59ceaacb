"""Байты → запросы: разбор httptools, пределы головы и обёртки тела."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

import httptools
from attrs import define, field

from entrypoints.server.limits import MAX_HEAD, MAX_WRAPPED
from entrypoints.server.message_head import (
    RefusalError,
    RequestHead,
    check_head,
    expects_continue,
    head_without_upgrade,
    is_upgrade,
)


class Phase(Enum):
    """Что читается."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()
    REFUSED = auto()  # остальное читается впустую


# Член перечисления ищется вчетверо дольше, чем имя модуля, а на запрос таких поисков девять.
_NOTHING, _HEAD, _BODY, _REFUSED = Phase


@define(eq=False)
class IncomingRequest(RequestHead):
    """Запрос, который приходит: голова, затем тело.

    Attributes:
        body: тело, которого ещё не взяли.
        is_complete: пришёл ли весь.
    """

    body: bytearray = field(factory=bytearray)
    is_complete: bool = False


class Receiver[Request: IncomingRequest](Protocol):
    """Кому достаются запросы."""

    def on_request_begun(self) -> None:
        """Пришёл первый байт запроса."""

    def on_head(self, request: Request, fields: dict[bytes, bytes] | None) -> None:
        """Пришла голова.

        Args:
            request: чья она; она уже проверена.
            fields: значения заголовков по именам; ``None`` — имена повторяются.

        Raises:
            RefusalError: запрос нельзя принять.
        """
        ...

    def on_body(self, request: Request, portion: bytes) -> None:
        """Пришла часть тела."""

    def on_complete(self, request: Request) -> None:
        """Запрос пришёл весь."""

    def on_refused(self, request: Request | None, code: str) -> None:
        """Дальше читать нельзя.

        Args:
            request: чьё тело читалось; ``None`` — голова не дочитана.
            code: вид отказа.
        """


class RequestParser[Request: IncomingRequest]:
    """Разбирает байты одного соединения.

    Attributes:
        phase: что читается.
        incoming: запрос, чьё тело ещё приходит.
        headers: заголовки головы, которая ещё не дочитана.
    """

    def __init__(self, receiver: Receiver[Request], make_request: Callable[..., Request]) -> None:
        """Готовится к первому запросу.

        Args:
            receiver: кому достанутся запросы.
            make_request: создаёт запрос; параметры — как у ``IncomingRequest``.
        """
        self.phase = _NOTHING
        self.incoming: Request | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self._receiver: Any = receiver
        self._make_request = make_request
        self._parser = self._new_parser()
        self._target = b""
        self._received = 0  # байтов с начала порции, в которой запрос начался
        self._before = 0  # сколько из них могло прийти до него, с прежними запросами
        self._body = 0  # сколько из остальных — тело

    def _new_parser(self) -> Any:  # noqa: ANN401 — httptools типов не описал
        parser = httptools.HttpRequestParser(self)
        # Что прислано после Connection: close, решает очередь ответов, а не разборщик.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def feed(self, data: bytes) -> None:
        """Разбирает порцию байтов."""
        phase = self.phase
        if phase is _REFUSED:
            return
        if phase is _NOTHING:
            self._received = self._before = self._body = 0
        self._received += len(data)
        again = b""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            again = data[upgrade.args[0] :]
            if self.phase is _HEAD:
                again = head_without_upgrade(self._target, self.headers, self._parser) + again
        except httptools.HttpParserError as error:
            cause = error.__context__
            self.refuse(cause.code if isinstance(cause, RefusalError) else "bad_request")
        else:
            own = self._received - self._before
            if self.phase is _HEAD and own > MAX_HEAD:
                self.refuse("headers_too_large")
            elif self.phase is _BODY and own - self._body > MAX_WRAPPED:
                # Заголовок без конца копит сам httptools, каждый раз копируя всё прежнее.
                self.refuse("bad_request")
        # Не внутри except: там у ошибки разбора была бы другая причина.
        if again:
            self._received = self._before = self._body = 0
            # Прежний разборщик после запроса с Connection: close не слышал бы уже ничего.
            self._parser = self._new_parser()
            self.feed(again)

    def refuse(self, code: str) -> None:
        """Перестаёт читать: остальное отправитель шлёт впустую."""
        is_body = self.phase is _BODY
        self.phase = _REFUSED
        self._receiver.on_refused(self.incoming if is_body else None, code)

    def close(self) -> None:
        """Отпускает того, кому доставались запросы: друг друга они держали бы."""
        self._parser = self._receiver = self.incoming = None

    # Дальше — то, что зовёт httptools.

    def on_message_begin(self) -> None:
        """Начинает запрос; голова, которая придёт снова, его не начинает."""
        if self.phase is not _HEAD:
            self._receiver.on_request_begun()
        self.phase = _HEAD
        self._target = b""
        self.headers = []

    def on_url(self, url: bytes) -> None:
        """Принимает часть цели запроса."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Принимает заголовок, а после тела — концевое поле: их никто не спросит."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Проверяет голову.

        Raises:
            RefusalError: запрос нельзя принять.
        """
        parser = self._parser
        if parser.should_upgrade() and is_upgrade(parser):
            return  # голова придёт снова
        version = parser.get_http_version()
        is_kept = version != "1.0" and parser.should_keep_alive()
        method = parser.get_method().decode()
        request = self._make_request(method, self._target, version, self.headers, is_kept)
        fields = check_head(request, self._received)
        if fields is None or b"expect" in fields:
            request.awaits_continue = expects_continue(request)
        self._receiver.on_head(request, fields)
        self.phase = _BODY
        # Концевые поля тела не должны оказаться среди заголовков, которые уже проверены.
        self.headers = []
        self.incoming = request

    def on_body(self, body: bytes) -> None:
        """Считает байты тела: остальное, что приходит вместе с ним, — обёртка."""
        self._body += len(body)
        self._receiver.on_body(self.incoming, body)

    def on_message_complete(self) -> None:
        """Отмечает, что запрос пришёл весь."""
        if self._parser.should_upgrade() and is_upgrade(self._parser):
            return
        self.phase = _NOTHING
        self._before, self._body = self._received, 0
        request, self.incoming = self.incoming, None
        if request is not None:
            request.is_complete = True
            self._receiver.on_complete(request)
