"""Соединение: uvicorn на httptools, к которому прибавлены сроки, пределы и строгость к запросам.

Своих сроков у uvicorn нет ни у httptools, ни у h11: медленные заголовки, медленное тело и
молчащее соединение держат место вечно.
"""

import asyncio
from functools import partial
from typing import Any, cast

import httptools
from uvicorn import Config
from uvicorn.server import ServerState

from entrypoints.server.limits import MAX_HEAD, MAX_PIPELINE, MAX_WRAPPED, Limits
from entrypoints.server.refusing_connection import Phase, RefusingProtocol
from entrypoints.server.request_head import (
    RefusalError,
    check_head,
    head_without_upgrade,
    is_upgrade,
)


class HttpProtocol(RefusingProtocol):
    """Одно соединение.

    Сроки проверяет не таймер на запрос, а один обход всех соединений (``enforce_limits``): на
    горячем пути остаются две отметки времени.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._received = 0  # байтов с начала запроса; у нескольких в одной порции — с её начала
        self._body = 0  # сколько из них — тело

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Принимает соединение; если их слишком много, уступают место давно ждущие."""
        if len(self.connections) >= self._limits.connections:
            self._make_room()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Отпускает запрос: друг друга они держали бы до обхода сборщика мусора."""
        super().connection_lost(exc)
        self.pipeline.clear()
        self.cycle = None  # type: ignore[assignment]  # как у uvicorn до первого запроса

    def _make_room(self) -> None:
        waiting = [
            connection
            for connection in cast("set[HttpProtocol]", self.connections)
            if connection.flow.write_paused or not connection._answering()  # noqa: SLF001 — тот же класс
        ]
        waiting.sort(key=lambda connection: connection._since)  # noqa: SLF001 — тот же класс
        # Сразу восьмую часть: искать по всем на каждое новое соединение дорого.
        for connection in waiting[: self._limits.connections // 8 + 1]:
            connection.transport.abort()

    def _answering(self) -> bool:
        """Говорит, есть ли запрос, который пришёл весь и ещё не получил ответа."""
        unanswered = self.cycle is not None and not self.cycle.response_complete
        return unanswered and (self._phase is not Phase.BODY or bool(self.pipeline))

    # Чтение.

    def data_received(self, data: bytes) -> None:
        """Разбирает порцию байтов."""
        phase = self._phase
        if phase is Phase.REFUSED:
            return
        if phase is Phase.NOTHING:
            self._received = self._body = 0
        self._received += len(data)
        again = b""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            again = data[upgrade.args[0] :]
            if self._phase is Phase.HEAD:
                again = head_without_upgrade(self.url, self.headers, self.parser) + again
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.code if isinstance(cause, RefusalError) else "bad_request")
        else:
            if self._phase is Phase.HEAD and self._received > MAX_HEAD:
                self._refuse("headers_too_large")
            elif self._phase is Phase.BODY and self._received - self._body > MAX_WRAPPED:
                # Заголовок без конца копит сам httptools, каждый раз копируя всё прежнее.
                self._refuse("bad_request")
        # Не внутри except: там у ошибки разбора была бы другая причина.
        if again:
            self._received = self._body = 0
            # Прежний разборщик после запроса с Connection: close не слышал бы уже ничего.
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # как у uvicorn
            self.data_received(again)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Оставляет соединение открытым, если отправитель всё прислал и ждёт ответа."""
        if is_waiting := self._answering():
            self.cycle.keep_alive = False
        return is_waiting

    def on_message_begin(self) -> None:
        """Начинает отсчёт запроса; голова, которая придёт снова, его не сбивает."""
        if self._phase is not Phase.HEAD:
            self._since = self.loop.time()
        self._phase = Phase.HEAD
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Проверяет заголовки и отдаёт запрос приложению.

        Raises:
            RefusalError: запрос нельзя принять.
        """
        if is_upgrade(self.parser):
            return  # голова придёт снова
        version = self.parser.get_http_version()
        check_head(self.url, self.headers, version)
        if version == "1.0":
            self.expect_100_continue = False  # RFC 9110, 10.1.1
        if len(self.pipeline) >= MAX_PIPELINE:
            raise RefusalError("bad_request")
        super().on_headers_complete()
        self._phase = Phase.BODY
        # Концевые поля тела не должны оказаться среди заголовков, которые уже проверены.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Считает байты тела: остальное, что приходит вместе с ним, — обёртка."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Отмечает, что запрос пришёл весь."""
        if is_upgrade(self.parser):
            return
        self._phase = Phase.NOTHING
        super().on_message_complete()

    # Ответ.

    def on_response_complete(self) -> None:
        """Начинает отсчёт ожидания.

        Таймера, который заводит на каждый ответ сам uvicorn, здесь нет.
        """
        self._since = self.loop.time()
        if self.transport.is_closing():
            return
        if not self.pipeline:
            self.flow.resume_reading()
            return
        # Чтение стоит, пока есть очередь: иначе она росла бы быстрее, чем на неё отвечают.
        cycle, app = self.pipeline.pop()
        self._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """Начинает отсчёт того, как читатель забирает ответ."""
        self._since = self.loop.time()
        super().pause_writing()

    # Сроки.

    def enforce_limits(self, now: float) -> None:
        """Закрывает соединение, если срок того, чего оно ждёт, вышел."""
        if now - self._since <= self._limit():
            return
        if self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        elif self._phase in {Phase.HEAD, Phase.BODY}:
            self._refuse("request_timeout")
        else:
            self._since = now
            self.transport.close()

    def _limit(self) -> float:
        """Срок того, чего соединение ждёт сейчас, в секундах."""
        limits = self._limits
        if self.transport.is_closing() or self.flow.write_paused:
            return limits.answer
        if self._answering():
            return float("inf")  # за срок ответа отвечает приложение
        match self._phase:
            case Phase.REFUSED:
                return limits.linger
            case Phase.NOTHING:
                return limits.silence if self.cycle is None else limits.idle
            case _:
                return limits.request


def http_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """Возвращает то, чем uvicorn создаёт соединения с такими пределами."""
    # uvicorn только вызывает это, поэтому частичный вызов годится не хуже класса.
    return cast("type[asyncio.Protocol]", partial(HttpProtocol, limits=limits))
