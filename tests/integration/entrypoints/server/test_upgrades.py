"""Просьба сменить протокол (Upgrade) на настоящем сервере: её не замечают."""

from collections.abc import Iterator

import pytest

from tests.support.limited_service import (
    LimitedService,
    limited_service,
    read_all,
    read_answer,
)

HOST = b"Host: a\r\n"
GET = b"GET /health HTTP/1.1\r\n"
POST = b"POST /register HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
END = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def service() -> Iterator[LimitedService]:
    with limited_service(silence=0.5, idle=1, answer=1, linger=0.5) as service:
        yield service


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_upgrade_is_ignored_and_the_connection_goes_on(
    service: LimitedService, protocol: bytes
) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n"
    with service.connect() as link:
        link.sendall(GET + HOST + upgrade + b"\r\n")
        assert read_answer(link).startswith(b"HTTP/1.1 200")
        link.sendall(GET + HOST + upgrade + b"\r\n" + GET + HOST + END)
        assert read_all(link).count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("start", [b"HTTP/1.1", b"HTTP/1.0"])
def test_upgrade_of_a_connection_that_closes_is_ignored_too(
    service: LimitedService, start: bytes
) -> None:
    body = b'{"name": "Ivan", "email": "%b@example.ru"}' % start[-3:]
    post = POST.replace(b"HTTP/1.1", start)
    upgrade = b"Connection: close, Upgrade\r\nUpgrade: h2c\r\n"
    answer = service.ask(post + upgrade + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert answer.startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_body_sent_with_an_upgrade_is_read(service: LimitedService, framing: str) -> None:
    body = b'{"name": "Ivan", "email": "%b@example.ru"}' % framing.encode()
    framed = {
        "length": b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
        "chunks": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
    }
    with service.connect() as link:
        # Так начинает разговор HttpClient из JDK.
        link.sendall(POST + b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\n")
        link.sendall(b"Upgrade: h2c\r\n" + framed[framing])
        assert read_answer(link).startswith(b"HTTP/1.1 201")
        link.sendall(GET + HOST + END)
        assert read_all(link).startswith(b"HTTP/1.1 200")


def test_upgrade_hides_no_fault_of_the_head(service: LimitedService) -> None:
    upgrade = GET + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    assert service.ask(upgrade + HOST + b"\r\n").startswith(b"HTTP/1.1 400")
    huge = upgrade + b"X: " + b"a" * 20_000 + b"\r\n\r\n"
    assert service.ask(huge).startswith(b"HTTP/1.1 431")
