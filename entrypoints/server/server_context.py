"""Общее всем соединениям процесса: пределы, короткий путь, остановка, кто не читает ответов."""

from collections.abc import Callable
from typing import Protocol

from attrs import define, field

from entrypoints.http.fast_path import FastExchange
from entrypoints.server.limits import UNREAD, ConnectionLimits
from entrypoints.server.response_head import Headers, remembered_lines


class Reader(Protocol):
    """Соединение, ответов которого никто не забирает."""

    @property
    def unread(self) -> int:
        """Сколько байтов за ним держит процесс."""
        ...

    @property
    def waiting_since(self) -> float:
        """С какого времени цикла событий оно ждёт."""
        ...

    def abort(self) -> None:
        """Обрывает его."""
        ...


def no_fast_path(_method: str, _target: bytes, _fields: dict[bytes, bytes]) -> FastExchange | None:
    """Короткого пути нет: на всё отвечает приложение ASGI."""
    return None


@define(eq=False)
class ServerContext:
    """То, что соединения одного процесса делят.

    Attributes:
        limits: сроки и пределы.
        fast_path: начинает обмен, на который можно ответить коротким путём; иначе ``None``.
        is_stopping: останавливается ли сервер: тогда каждый ответ последний.
        unread: кто не забирает ответов.
        common_headers: записывает строками заголовки, общие всем ответам.
    """

    limits: ConnectionLimits = field(factory=ConnectionLimits)
    fast_path: Callable[[str, bytes, dict[bytes, bytes]], FastExchange | None] = no_fast_path
    is_stopping: bool = False
    unread: set[Reader] = field(factory=set)
    common_headers: Callable[[Headers], bytes] = field(factory=remembered_lines)

    def hold(self, reader: Reader) -> None:
        """Запоминает того, кто не читает; сверх общего предела уступают давно не читающие."""
        self.unread.add(reader)
        held = {one: one.unread for one in self.unread}
        total = sum(held.values())
        for one in sorted(held, key=lambda one: one.waiting_since):
            if total <= UNREAD:
                return
            total -= held[one]
            self.unread.discard(one)
            one.abort()
