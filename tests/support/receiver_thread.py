"""Подписчик в своём потоке: для обычных тестов, а сам он асинхронный."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from attrs import define, field
from standardwebhooks.webhooks import Webhook

from tests.support.eventually import eventually
from tests.support.raw_receiver import RawReceiver, raw_receiver


@define(eq=False)
class ReceiverThread:
    """Подписчик.

    Attributes:
        secret: чем подписаны вызовы.
        receiver: что он получил.
        loop: его цикл событий.
    """

    secret: str
    receiver: RawReceiver = field(init=False)
    loop: asyncio.AbstractEventLoop = field(factory=asyncio.new_event_loop, init=False)

    def told(self) -> list[dict[str, Any]]:
        """События из верно подписанных вызовов."""
        return [
            Webhook(self.secret).verify(body.decode(), self.receiver.headers(number))
            for number, (_, body) in enumerate(list(self.receiver.requests))
        ]

    def emails(self) -> list[str]:
        """Адреса покупателей в них."""
        return [told["data"]["email"] for told in self.told()]


@contextmanager
def receiver_thread(secret: str) -> Iterator[ReceiverThread]:
    """Запускает подписчика; он отвечает 2xx, если не велено иное."""
    thread = ReceiverThread(secret)

    async def serve() -> None:
        async with raw_receiver() as thread.receiver:
            opened.set()
            await closing.wait()

    opened, closing = asyncio.Event(), asyncio.Event()
    running = Thread(target=thread.loop.run_until_complete, args=[serve()])
    running.start()
    eventually(opened.is_set)
    try:
        yield thread
    finally:
        thread.loop.call_soon_threadsafe(closing.set)
        running.join()
        thread.loop.close()
