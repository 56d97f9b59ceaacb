"""Чтение ответа подписчика: сначала голова, а в ней и сам ответ."""

import asyncio
from functools import partial

import aiohttp
from aiohttp.client_proto import ResponseHandler

_END = b"\r\n\r\n"


def read_head_first(connector: aiohttp.TCPConnector) -> None:
    """Велит читать так ответы этих соединений.

    Иначе как частным полем этого не сказать; пропади оно, читалось бы по-прежнему.
    """
    handler: type[ResponseHandler] = _HeadFirst
    connector._factory = partial(handler, loop=asyncio.get_running_loop())  # noqa: SLF001


class _HeadFirst(ResponseHandler):
    """Разбирает голову ответа прежде того, что пришло за нею.

    За 204 содержимого не бывает (RFC 9110, 15.3.5), но программы его шлют: ``null``, конец кусков,
    слово для людей. Разобранное вместе с головой, оно отменило бы и её, и принятое событие слали бы
    три дня. Следующим ответом оно не станет (RFC 9112, 6.3): соединение за ним закрывают.
    """

    def data_received(self, data: bytes) -> None:
        """Принимает пришедшее."""
        head, end, rest = data.partition(_END)
        super().data_received(head + end)
        if rest:
            super().data_received(rest)
