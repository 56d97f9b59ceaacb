"""Запросы, нарушающие HTTP, и чужие данные в заголовках: настоящий сервис, настоящие сокеты."""

import re
from collections import Counter
from collections.abc import Iterator

import orjson
import pytest

from tests.support.eventually import eventually
from tests.support.raw_http import IVAN_BODY, answers, connected, head, read_to_end, status
from tests.support.running_service import Service, running_service

HOST = "Host: shop.example"
JSON = "Content-Type: application/json"
LENGTH = f"Content-Length: {len(IVAN_BODY)}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server_url: str) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("hardened")
    with running_service(
        folder, database_url=server_url, auto_migrate="false", log_format="console"
    ) as service:
        yield service


@pytest.mark.parametrize(
    "sent",
    [
        head(HOST, HOST, JSON, LENGTH) + IVAN_BODY,
        head(JSON, LENGTH) + IVAN_BODY,
        head("Host: a b", JSON, LENGTH) + IVAN_BODY,
        head(HOST, JSON, LENGTH, "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head(HOST, JSON, LENGTH, "Content-Length: 7") + IVAN_BODY,
        head(HOST, JSON, LENGTH, LENGTH) + IVAN_BODY,
        head(HOST, JSON, "Content-Length: -1") + IVAN_BODY,
        head(HOST, JSON, "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
        head(HOST, JSON, "Content-Length : 5") + IVAN_BODY,
        head(HOST, start="NONSENSE /register HTTP/1.1"),
        b"\x16\x03\x01\x02\x00 this is not HTTP\r\n\r\n",
    ],
    ids=[
        "two hosts",
        "no host",
        "wrong host",
        "length and encoding",
        "two lengths",
        "two equal lengths",
        "negative length",
        "unknown encoding",
        "space before colon",
        "unknown method",
        "TLS",
    ],
)
def test_request_that_breaks_http_is_a_400_problem_and_the_end(
    service: Service, sent: bytes
) -> None:
    answer = answers(service.url, sent)
    assert status(answer) == 400
    received, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in received.lower()
    assert orjson.loads(body)["type"] == "/problems/bad_request"


@pytest.mark.parametrize(
    "sent",
    [
        head(HOST, f"X-Long: {'x' * 20_000}"),
        head(HOST, *(f"X-{n}: 1" for n in range(150))),
        head(HOST, start=f"GET /{'x' * 20_000} HTTP/1.1"),
        head(HOST)[:-2] + b"X-Endless: " + b"x" * 40_000,
    ],
    ids=["huge header", "many headers", "huge address", "header without an end"],
)
def test_too_large_headers_are_431(service: Service, sent: bytes) -> None:
    answer = answers(service.url, sent)
    assert status(answer) == 431
    assert b"/problems/headers_too_large" in answer


def test_length_with_thousands_of_zeros_is_a_length(service: Service) -> None:
    answer = answers(
        service.url, head(HOST, JSON, "Connection: close", f"Content-Length: {'0' * 5000}2") + b"[]"
    )
    assert status(answer) == 422


def test_body_too_large_by_its_length_is_refused_before_it_is_sent(service: Service) -> None:
    length = f"Content-Length: {16 * 1024 + 1}"
    answer = answers(service.url, head(HOST, JSON, length, "Expect: 100-continue"))
    assert status(answer) == 413  # а не 100, за которым последовало бы всё тело


def test_old_client_is_not_told_to_continue(service: Service) -> None:
    start = "POST /register HTTP/1.0"
    answer = answers(
        service.url, head(JSON, "Content-Length: 2", "Expect: 100-continue", start=start) + b"[]"
    )
    assert status(answer) == 422  # а не 100, которого HTTP/1.0 не знает (RFC 9110, 10.1.1)


def test_cors_reaches_the_refusals_of_the_server_itself(service: Service) -> None:
    answer = answers(service.url, head(HOST, HOST, "Origin: https://shop.example"))
    assert b"access-control-allow-origin: *" in answer.lower()


def test_requests_sent_ahead_are_answered_in_their_order(service: Service) -> None:
    first = head(HOST, start="GET /health HTTP/1.1")
    last = head(HOST, "Connection: close", start="GET /nothing HTTP/1.1")
    answer = answers(service.url, first + first + last)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.rindex(b"HTTP/1.1 200") < answer.index(b"HTTP/1.1 404")


def test_reader_that_leaves_before_its_answers_is_no_error(service: Service) -> None:
    before = service.log.count(" /docs/{name} ")
    with connected(service.url) as link:
        link.sendall(head(HOST, start="GET /docs/swagger_bundle.js HTTP/1.1") * 20)
        assert link.recv(100).startswith(b"HTTP/1.1 200")
    # Непрочитанное значит, что соединение оборвано: следующий ответ писать уже некуда.
    eventually(lambda: service.log.count(" /docs/{name} ") > before)
    with service.client() as client:
        assert client.get("/health").status_code == 200
    assert "ERROR" not in service.log


def test_every_answer_carries_security_headers(service: Service) -> None:
    with service.client() as client:
        for path in ("/health", "/nothing", "/docs", "/openapi.json"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert client.get("/health").headers["cache-control"] == "no-store"


def test_forwarded_headers_change_nothing(service: Service) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.77",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=203.0.113.77;proto=https",
    }
    with service.client() as client:
        plain, told = client.get("/"), client.get("/", headers=forged)
    assert told.status_code == plain.status_code == 307
    assert told.headers["location"] == plain.headers["location"] == "docs"
    assert "203.0.113.77" not in service.complete_log()


@pytest.mark.parametrize(
    "sent",
    [
        head(HOST, "Connection: close", start="GET /%0AFORGED%0D%1B[31m%E2%80%A8 HTTP/1.1"),
        head(HOST, "Connection: close", "X-Request-ID: FORGED\x1b[31m", start="GET /h HTTP/1.1"),
        head(HOST, "X-Request-ID: a\nFORGED line", start="GET /h HTTP/1.1"),
        head(HOST, start="FORGED\x1b /h HTTP/1.1"),
    ],
    ids=["path", "request id", "line feed", "method"],
)
def test_nothing_that_was_sent_forges_a_log_line(service: Service, sent: bytes) -> None:
    assert status(answers(service.url, sent)) >= 400
    log = service.complete_log()
    assert "FORGED" not in log
    assert all(line[:2] == "20" for line in log.splitlines())


def requests_seen(service: Service) -> Counter[str]:
    """Сколько каких запросов учтено в замерах и в журнале, кроме запросов самих замеров."""
    log = service.complete_log()
    with service.client() as client:
        text = client.get("/metrics").text
    measured = re.findall(r'seconds_count{route="(\S+)",status="(\d+)"} (\d+)', text)
    seen = Counter({f"measured {route} {status}": int(n) for route, status, n in measured})
    seen.update(re.findall(r"crm_api\.http: (\S+ \S+ \d+) in ", log))
    return Counter({what: n for what, n in seen.items() if "/metrics" not in what})


BROKEN_CHUNK = b"zz\r\n"


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "while the body is awaited"])
def test_request_refused_midway_is_logged_and_counted_once(
    service: Service, *, waits: bool
) -> None:
    before = requests_seen(service)
    start = [HOST, JSON, "Transfer-Encoding: chunked"]
    with connected(service.url) as link:
        if waits:
            link.sendall(head(*start, "Expect: 100-continue"))
            assert link.recv(100).startswith(b"HTTP/1.1 100")
            link.sendall(BROKEN_CHUNK)
        else:
            link.sendall(head(*start) + BROKEN_CHUNK)
        answer = read_to_end(link)
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 400") == 1
    expected = Counter({"measured - 400": 1, "POST - 400": 1})
    expected += Counter({"measured - 404": 1, "GET - 404": 1})  # так спрашивают о журнале
    assert requests_seen(service) - before == expected
