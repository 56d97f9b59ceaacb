"""Подписчик из сверки умирает посреди приёма соединений и ничего за собой не оставляет открытым."""

import asyncio
import gc
import socket
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from entrypoints.webhook_secret import new_secret
from tests.support.counting_receiver import Trouble, counting_receiver

CONNECTIONS = 30


@pytest.mark.anyio
@pytest.mark.parametrize("turns", range(5))
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
async def test_connection_that_is_being_accepted_is_closed_too(turns: int) -> None:
    async with counting_receiver(new_secret(), is_flaky=False) as receiver:
        address = urlsplit(receiver.url)
        with ExitStack() as stack:
            links = [
                stack.enter_context(socket.create_connection((address.hostname, address.port)))
                for _ in range(CONNECTIONS)
            ]
            for _ in range(turns):
                await asyncio.sleep(0)
            await receiver.suffer(Trouble.IS_DEAD)
            for link in links:
                assert_is_closed(link)
        await receiver.suffer(None)
    gc.collect()


def assert_is_closed(link: socket.socket) -> None:
    """Проверяет, что другая сторона соединение оборвала."""
    link.settimeout(30)
    with suppress(ConnectionResetError):
        assert link.recv(1) == b""
