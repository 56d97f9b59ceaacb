"""Медленные и молчащие соединения закрываются в срок и не занимают чужого места."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.eventually import eventually
from tests.integration.limited_service import (
    LimitedService,
    limited_service,
    read_all,
    read_answer,
)

HEALTH = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
SLOW_HEAD = b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: "
SLOW_BODY = (
    b"POST /register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)
SLOW_CHUNKS = SLOW_BODY.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked")[:-1]


@pytest.fixture(scope="module")
def hasty() -> Iterator[LimitedService]:
    with limited_service(silence=0.5, request=1, idle=1, answer=1, linger=0.5) as service:
        yield service


def trickle(link: socket.socket, piece: bytes) -> bytes:
    """Шлёт понемногу, пока сервер не ответит или не закроет; возвращает, что он прислал."""

    def answered() -> bool:
        link.sendall(piece)
        return bool(select.select([link], [], [], 0.05)[0])

    eventually(answered, seconds=15)
    return read_all(link)


def test_silent_socket_is_closed_without_a_word(hasty: LimitedService) -> None:
    assert hasty.ask(b"") == b""
    assert hasty.ask(b"\r\n\r\n") == b""


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (SLOW_HEAD, b"x"),
        (b"GET /", b"a"),
        (SLOW_BODY, b" "),
        (SLOW_CHUNKS, b"1\r\n \r\n"),
    ],
    ids=["head", "address", "body", "chunks"],
)
def test_slow_request_is_closed_however_its_bytes_come(
    hasty: LimitedService, begun: bytes, piece: bytes
) -> None:
    with hasty.connect() as link:
        link.sendall(begun)
        answer = trickle(link, piece)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"content-type: application/problem+json\r\n" in answer
    assert b"connection: close\r\n" in answer


def test_idle_connection_is_closed_without_a_word(hasty: LimitedService) -> None:
    with hasty.connect() as link:
        link.sendall(HEALTH)
        assert read_answer(link).startswith(b"HTTP/1.1 200")
        assert read_all(link) == b""


def test_reader_that_never_reads_is_closed(hasty: LimitedService) -> None:
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", hasty.port))
        link.settimeout(0.2)

        def is_cut() -> bool:
            try:
                link.sendall(HEALTH * 1000)
            except TimeoutError:
                return False
            except OSError:
                return True
            return False

        assert eventually(is_cut, seconds=15)


def test_shipped_deadlines_are_under_ten_seconds() -> None:
    begun = time.monotonic()
    with limited_service() as service, ExitStack() as stack:
        links = [stack.enter_context(service.connect()) for _ in range(3)]
        for link, sent in zip(links, (b"", SLOW_HEAD, SLOW_BODY), strict=True):
            link.sendall(sent)
        connected = time.monotonic()
        answers = [read_all(link) for link in links]
        assert time.monotonic() - connected < 10.5
    assert [answer[:12] for answer in answers] == [b"", b"HTTP/1.1 408", b"HTTP/1.1 408"]
    assert time.monotonic() - begun > 5, "an honest slow client must have time"


def test_three_hundred_silent_sockets_take_nobodys_place() -> None:
    with limited_service() as service, ExitStack() as stack:
        for _ in range(300):
            link = stack.enter_context(service.connect())
            link.sendall(SLOW_HEAD)
        for _ in range(20):
            with service.connect() as honest:
                honest.sendall(HEALTH)
                assert read_answer(honest).startswith(b"HTTP/1.1 200")


def test_where_files_run_out_those_who_wait_longest_make_room() -> None:
    with limited_service(files=104) as service, ExitStack() as stack:
        kept = stack.enter_context(service.connect())
        for _ in range(300):
            stack.enter_context(service.connect())
            with service.connect() as honest:
                for link in (honest, kept):
                    link.sendall(HEALTH)
                    assert read_answer(link).startswith(b"HTTP/1.1 200")
