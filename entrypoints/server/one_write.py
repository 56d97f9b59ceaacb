"""Ответ одной записью в сокет: uvicorn пишет голову и тело порознь, и каждая запись — вызов ядра.

Ждать тела и велит ASGI (HTTP, «Response Start»): до него сервер ничего не посылает.
"""

from asyncio import Transport
from collections.abc import Callable
from typing import cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class _Answer:
    """Транспорт одного ответа: голову держит до первой порции тела, закрывает, как велят."""

    __slots__ = ("_close", "_head", "_transport")

    def __init__(
        self, transport: Transport, close: Callable[[], None], *, holds_head: bool
    ) -> None:
        self._transport = transport
        self._close = close
        self._head = None if holds_head else b""

    def write(self, data: bytes) -> None:
        """Первую запись держит, вторую посылает вместе с ней, остальные — как есть."""
        if self._head is None:
            self._head = data
            return
        # О закрытом соединении uvicorn говорит лишь последнему из запросов, присланных вперёд.
        if self._transport.is_closing():
            return
        self._transport.write(self._head + data if self._head else data)
        self._head = b""

    def is_closing(self) -> bool:
        """Говорит, закрывается ли соединение."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Досылает голову, если тела так и не было, и закрывает соединение."""
        if self._head and not self._transport.is_closing():
            self._transport.write(self._head)
        self._close()


class OneWriteProtocol(HttpToolsProtocol):
    """Соединение uvicorn, в котором короткий ответ уходит одной записью."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # У ответа на HEAD тела нет, а «100 Continue» должно уйти раньше ответа.
        holds_head = cycle.scope["method"] != "HEAD" and not cycle.waiting_for_100_continue
        answer = _Answer(cycle.transport, self.close_after_answer, holds_head=holds_head)
        cycle.transport = cast("Transport", answer)
        super()._start_asgi_task(cycle, app)

    def close_after_answer(self) -> None:
        """Закрывает соединение вслед за последним ответом."""
        self.transport.close()
