"""Отказ соединения: отвечает на него то же приложение, а недосланное читается впустую."""

import asyncio
from enum import Enum, auto
from typing import Any, cast

from uvicorn import Config
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from entrypoints.http.refused_requests import REFUSAL
from entrypoints.server.one_write import OneWriteProtocol


class Phase(Enum):
    """Что соединение читает."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()
    REFUSED = auto()  # остальное читается впустую


class RefusingProtocol(OneWriteProtocol):
    """Соединение, которое знает, что оно читает, и потому умеет отказать на любом месте."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._phase = Phase.NOTHING
        self._since = self.loop.time()  # когда началось то, чего соединение ждёт

    def _refuse(self, code: str) -> None:
        """Отвечает отказом через то же приложение, после всех прежних ответов, и закрывает."""
        phase, self._phase = self._phase, Phase.REFUSED
        is_owing = self.cycle is not None and not self.cycle.response_complete
        if phase is Phase.BODY and not is_owing:
            self._stop_reading()
        elif phase is Phase.BODY:
            self._interrupt(self.cycle, code)
        else:
            self.cycle = self._refusal_cycle(code)
            if is_owing:
                self.pipeline.appendleft((self.cycle, self.app))
            else:
                self._start_asgi_task(self.cycle, self.app)

    def _interrupt(self, cycle: RequestResponseCycle, code: str) -> None:
        """Отказывает запросу, который уже у приложения: ответит на него оно же, один раз."""
        cast("dict[str, Any]", cycle.scope)[REFUSAL] = code
        cycle.keep_alive = False
        cycle.message_event.set()

    def _refusal_cycle(self, code: str) -> RequestResponseCycle:
        # Метод и путь могли и не прийти; заголовки — сколько пришло: по ним язык и CORS.
        unknown = {"method": "-", "path": "-", "raw_path": b"-", "query_string": b"", REFUSAL: code}
        return RequestResponseCycle(
            scope=cast("HTTPScope", {**self.scope, **unknown}),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )

    def close_after_answer(self) -> None:
        """Закрывает соединение; пока отправитель ещё пишет — только свою сторону.

        Закрыть сразу обе — значит стереть ответ (RFC 9112, 9.6).
        """
        self.pipeline.clear()
        if self._phase is Phase.NOTHING:
            self.transport.close()
        else:
            self._stop_reading()

    def _stop_reading(self) -> None:
        """Говорит, что ответов больше не будет, и читает впустую."""
        self._phase = Phase.REFUSED
        self._since = self.loop.time()
        if not self.transport.is_closing():
            self.transport.write_eof()
