"""Что ядро хранит за соединением: пришедшее, но не прочитанное, и посланное, но не взятое."""

import asyncio
import select
import socket
import struct
from contextlib import suppress

_NO_LINGER = struct.pack("ii", 1, 0)


def has_unread(transport: asyncio.Transport) -> bool:
    """Говорит, пришло ли то, чего цикл событий ещё не прочёл: закрытие потеряло бы и его."""
    if (link := transport.get_extra_info("socket")) is None:
        return False
    unread = select.poll()
    unread.register(link.fileno(), select.POLLIN)
    return bool(unread.poll(0))


def forget_unsent(transport: asyncio.Transport) -> None:
    """Велит ядру забыть посланное, когда соединение оборвут.

    Без ``SO_LINGER`` оно ещё минуты хранило бы мегабайты для того, кто не читает.
    """
    if (link := transport.get_extra_info("socket")) is not None:
        with suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
