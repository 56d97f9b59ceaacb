"""Что считается принятым, чем бы подписчик ни ответил и ответил ли вообще."""

import asyncio
import gzip
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from application.subscriber import Answer
from tests.support.raw_receiver import raw_receiver
from tests.support.webhook_call import EVENT, answer_to, sender

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_success(status: int) -> None:
    line = f"HTTP/1.1 {status} Fine\r\nContent-Length: 0\r\n\r\n"
    async with raw_receiver(line.encode()) as receiver:
        assert await answer_to(receiver) == Answer()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 404, 429, 500, 503, 599])
async def test_anything_else_is_a_refusal_and_redirects_are_not_followed(status: int) -> None:
    async with raw_receiver() as elsewhere:
        line = f"HTTP/1.1 {status} No\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
        async with raw_receiver(line.encode()) as receiver:
            assert await answer_to(receiver) == Answer(failure=f"HTTP {status}")
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nnull", Answer()),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", Answer()),
        (b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Answer()),
        (b"HTTP/1.0 204 No Content\r\n\r\nok", Answer()),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, thank you", Answer()),
        (
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok",
            Answer(failure="HTTP 304"),
        ),
    ],
)
async def test_what_follows_an_answer_does_not_change_it(answer: bytes, expected: Answer) -> None:
    async with raw_receiver(answer) as receiver, sender(receiver.url) as subscriber:
        for _ in range(2):  # и следующему ответу оно не помеха
            assert await subscriber.receive(EVENT) == expected


async def test_410_asks_for_no_more() -> None:
    async with raw_receiver(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n") as receiver:
        assert await answer_to(receiver) == Answer(failure="HTTP 410", is_gone=True)


async def test_early_hints_are_not_the_answer() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    refusal = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    async with raw_receiver(early + refusal) as receiver:
        assert (await answer_to(receiver)).failure == "HTTP 500"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("9" * 400, 999_999_999),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", None),
        (f"Mon, 01 Jan 2026 00:00:00 +{'9' * 20}", None),
    ],
)
async def test_retry_after_is_read(given: str, seconds: float | None) -> None:
    line = f"HTTP/1.1 503 No\r\nRetry-After: {given}\r\nContent-Length: 0\r\n\r\n"
    async with raw_receiver(line.encode()) as receiver:
        asked = (await answer_to(receiver)).retry_after
    assert asked == (None if seconds is None else pytest.approx(seconds, abs=120))


@pytest.mark.parametrize("ending", [" GMT", ""], ids=["GMT", "naive"])
async def test_retry_after_may_be_a_date(ending: str) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    given = moment.removesuffix(" GMT") + ending
    line = f"HTTP/1.1 503 No\r\nRetry-After: {given}\r\nContent-Length: 0\r\n\r\n"
    async with raw_receiver(line.encode()) as receiver:
        asked = (await answer_to(receiver)).retry_after
    assert asked == pytest.approx(3600, abs=120)


async def test_receiver_that_hangs_up_without_an_answer_refuses() -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with raw_receiver(hang_up) as receiver:
        told = await answer_to(receiver)
        assert told.failure == "it closed the connection without an answer"
        assert len(receiver.requests) == 2


async def test_large_compressed_answer_is_neither_read_nor_unpacked() -> None:
    packed = gzip.compress(bytes(20_000_000))
    assert len(packed) < 65_536
    sent = asyncio.Event()

    async def flood(writer: asyncio.StreamWriter) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000000000\r\n\r\n"
        writer.write(head.encode() + packed)
        try:
            while True:
                writer.write(bytes(65_536))
                await writer.drain()
        finally:
            sent.set()

    async with raw_receiver(flood) as receiver:
        assert await answer_to(receiver) == Answer()
        await asyncio.wait_for(sent.wait(), 10)


async def test_endless_answer_of_tiny_chunks_is_hardly_read() -> None:
    sent = 0
    is_over = asyncio.Event()

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        opened = writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"1\r\nx\r\n" * 1000)
                await writer.drain()
                sent += 6000
        finally:
            is_over.set()

    async with raw_receiver(flood) as receiver:
        assert await answer_to(receiver) == Answer()
        await asyncio.wait_for(is_over.wait(), 10)
    # Разбор каждого куска стоит времени, в которое не регистрируют никого.
    assert sent < 400_000


async def test_answer_that_trickles_is_known_by_its_status() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_receiver(trickle) as receiver:
        assert await answer_to(receiver) == Answer()


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("http://127.0.0.1:1/", "it does not accept connections"),
        ("http://no-such-host.invalid/", "its name is not resolved"),
        ("http://1/", "its address is not valid"),
    ],
)
async def test_unreachable_receiver_is_told_without_its_address(url: str, failure: str) -> None:
    async with sender(url) as subscriber:
        assert await subscriber.receive(EVENT) == Answer(failure=failure)


async def test_plain_server_behind_an_https_address_is_a_refusal() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.ru ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server, sender(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}") as one:
        told = await one.receive(EVENT)
    assert told.failure is not None
    assert "127.0.0.1" not in told.failure


async def test_what_is_no_http_is_a_refusal() -> None:
    async with raw_receiver(b"220 mail.example.ru ESMTP\r\n\r\n") as receiver:
        assert await answer_to(receiver) == Answer(failure="what it answers is no HTTP")
