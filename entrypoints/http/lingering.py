"""Закрытие без потерь: закрыть сразу, когда отправитель ещё пишет, — значит стереть ответ."""

import asyncio
from collections.abc import Callable

from attrs import frozen


@frozen
class Lingering:
    """Транспорт ответа с отказом: вместо соединения закрывает только свою сторону.

    RFC 9112, 9.6.

    Attributes:
        transport: само соединение.
        stop: закрывает свою сторону.
    """

    transport: asyncio.Transport
    stop: Callable[[], None]

    def write(self, data: bytes) -> None:
        """Пишет, как обычно."""
        self.transport.write(data)

    def is_closing(self) -> bool:
        """Говорит, закрывается ли соединение."""
        return self.transport.is_closing()

    def close(self) -> None:
        """Закрывает свою сторону."""
        self.stop()
