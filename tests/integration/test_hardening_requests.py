"""Запросы, которые нарушают HTTP: 400 или 431, problem+json и закрытое соединение."""

import select
from collections.abc import Iterator

import pytest

from tests.integration.limited_service import (
    LimitedService,
    limited_service,
    read_all,
    read_answer,
)

HOST = b"Host: a\r\n"
GET = b"GET /health HTTP/1.1\r\n"
POST = b"POST /register HTTP/1.1\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"Connection: close\r\n\r\n"

BAD = {
    "two Host": GET + HOST + b"host: b\r\n\r\n",
    "two equal Host": GET + HOST + HOST + b"\r\n",
    "no Host": GET + b"\r\n",
    "Host with a space": GET + b"Host: a b\r\n\r\n",
    "Host with a path": GET + b"Host: a/b\r\n\r\n",
    "Host with user": GET + b"Host: me@a\r\n\r\n",
    "CL and TE": POST + HOST + b"Content-Length: 3\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "TE and CL": POST + HOST + CHUNKED + b"Content-Length: 3\r\n\r\n0\r\n\r\n",
    "two CL": POST + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "two equal CL": POST + HOST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "list of CL": POST + HOST + b"Content-Length: 3, 3\r\n\r\nabc",
    "negative CL": POST + HOST + b"Content-Length: -3\r\n\r\nabc",
    "CL with plus": POST + HOST + b"Content-Length: +3\r\n\r\nabc",
    "hexadecimal CL": POST + HOST + b"Content-Length: 0x3\r\n\r\nabc",
    "gzip TE": POST + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity TE": POST + HOST + b"Transfer-Encoding: identity\r\n\r\n",
    "two TE": POST + HOST + b"Transfer-Encoding: identity\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "TE in HTTP/1.0": POST.replace(b"1.1", b"1.0") + HOST + CHUNKED + b"\r\n0\r\n\r\n",
    "line folding": GET + HOST + b"X: a\r\n b\r\n\r\n",
    "bare LF": GET.replace(b"\r", b"") + b"Host: a\n\n",
    "space before colon": GET + b"Host : a\r\n\r\n",
    "NUL in a value": GET + HOST + b"X: \0\r\n\r\n",
    "escape in a value": GET + HOST + b"X: \x1b[31m\r\n\r\n",
    "escape in the path": b"GET /\x1b[31m HTTP/1.1\r\n" + HOST + b"\r\n",
    "negative chunk": POST + HOST + CHUNKED + b"\r\n-3\r\nabc\r\n0\r\n\r\n",
    "endless chunk extension": POST + HOST + CHUNKED + b"\r\n3;" + b"a" * 200_000,
    "endless trailer": POST + HOST + CHUNKED + b"\r\n0\r\nX: " + b"a" * 200_000,
    "unknown method": b"FOO /health HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
}

TOO_LARGE = {
    "a megabyte header": GET + HOST + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "a header that never ends": GET + HOST + b"X: " + b"a" * 20_000,
    "a name that never ends": GET + HOST + b"X" * 20_000,
    "17 KiB in all": GET
    + HOST
    + b"X: 12345678901234567890\r\n" * 90
    + b"Y: "
    + b"a" * 15_000
    + END,
    "101 headers": GET + b"X: 1\r\n" * 100 + HOST + b"\r\n",
    "a long address": b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.fixture(scope="module")
def service() -> Iterator[LimitedService]:
    with limited_service(linger=0.5) as service:
        yield service


def assert_refused(answer: bytes, status: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert b"content-length: %d" % len(body) in head


@pytest.mark.parametrize("name", BAD)
def test_ambiguous_or_malformed_request_is_400_and_the_end(
    service: LimitedService, name: str
) -> None:
    assert_refused(service.ask(BAD[name]), b"400")


@pytest.mark.parametrize("name", TOO_LARGE)
def test_large_or_many_headers_are_431_and_the_end(service: LimitedService, name: str) -> None:
    assert_refused(service.ask(TOO_LARGE[name]), b"431")


def test_heads_within_the_limits_are_answered(service: LimitedService) -> None:
    for filler in (b"X: 1\r\n" * 98, b"X: " + b"a" * 15_000 + b"\r\n"):
        assert service.ask(GET + HOST + filler + END).startswith(b"HTTP/1.1 200")


def test_refusal_has_cors_headers_and_the_readers_language(service: LimitedService) -> None:
    known = b"Origin: https://shop.example\r\nAccept-Language: en\r\nX: y\r\n"
    answer = service.ask(GET + HOST + known + b"Bad Header: x\r\n\r\n")
    assert b"access-control-allow-origin: *\r\n" in answer
    assert b"content-language: en\r\n" in answer


def test_bad_request_waits_for_the_answer_to_the_good_one(service: LimitedService) -> None:
    answer = service.ask(POST + HOST + b"Content-Length: 2\r\n\r\n{}" + GET + b"\r\n")
    first, second = answer.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"422")
    assert second.startswith(b"400")


def test_hundreds_of_requests_at_once_are_cut_off(service: LimitedService) -> None:
    answer = service.ask((GET + HOST + b"\r\n") * 500)
    assert 1 <= answer.count(b"HTTP/1.1 200") <= 66
    assert answer.count(b"HTTP/1.1 400") == 1


def test_http_1_0_is_answered_and_closed(service: LimitedService) -> None:
    assert service.ask(b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_upgrade_is_ignored_and_the_connection_goes_on(service: LimitedService) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: "
    with service.connect() as link:
        for protocol in (b"h2c", b"websocket"):
            link.sendall(GET + HOST + upgrade + protocol + b"\r\n\r\n")
            assert read_answer(link).startswith(b"HTTP/1.1 200")
        h2c = GET + HOST + upgrade + b"h2c\r\n\r\n"
        link.sendall(h2c + GET + HOST + END)
        assert read_all(link).count(b"HTTP/1.1 200") == 2


def test_sender_who_still_writes_can_read_the_refusal(service: LimitedService) -> None:
    with service.connect() as link:
        link.sendall(TOO_LARGE["a header that never ends"])
        select.select([link], [], [], 15)
        for _ in range(5):
            link.sendall(b"a" * 100_000)
        assert_refused(read_all(link), b"431")


def test_expectation_is_met_with_100_continue(service: LimitedService) -> None:
    with service.connect() as link:
        link.sendall(POST + HOST + b"Content-Length: 2\r\nExpect: 100-continue\r\n" + END)
        assert link.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.sendall(b"{}")
        assert read_all(link).startswith(b"HTTP/1.1 422")


def test_forwarded_headers_change_nothing(service: LimitedService) -> None:
    forged = b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"

    def without_date(answer: bytes) -> list[bytes]:
        return [line for line in answer.split(b"\r\n") if not line.startswith(b"date:")]

    plain = service.ask(GET + HOST + END)
    forwarded = service.ask(GET + HOST + forged + END)
    assert without_date(plain) == without_date(forwarded)
    assert b"evil" not in forwarded
