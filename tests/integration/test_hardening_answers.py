"""Что есть в каждом ответе, и что чужой текст не может сделать со строками журнала."""

import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.customers import IVAN
from tests.integration.limited_service import read_all
from tests.integration.service import Service, running_service

PREFLIGHT = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}


@pytest.fixture(params=["json", "console"])
def service(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database, log_format=request.param) as service:
        yield service


def test_answers_are_safe_and_log_lines_cannot_be_forged(service: Service) -> None:
    forged = "\n2026-01-01T00:00:00.000000Z ERROR forged\r\x1b[31m\u2028forged\x85forged\x9bforged"
    with service.client() as client:
        answers = [
            client.get("/health"),
            client.post("/register", json=IVAN),
            client.post("/register", json={**IVAN, "name": forged, "email": forged}),
            client.post("/register", json={**IVAN, "email": "n@x.ru", "address": "a\u2028forged"}),
            client.get("/%0Aforged%0D%1b%5b31m%e2%80%a8forged"),
            client.get("/health%0Aforged"),
            client.post("/health", headers={"User-Agent": "forged", "X-Request-ID": "for\tged"}),
            client.options("/register", headers=PREFLIGHT),
        ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "forged" not in service.log
    assert "\x1b" not in service.log
    lines = service.log.splitlines()
    assert all(line.startswith(("{", "20")) for line in lines)
    if lines[0].startswith("{"):
        assert all(orjson.loads(line)["event"] for line in lines)


def test_bad_request_waits_while_a_good_one_is_stored(service: Service) -> None:
    body = orjson.dumps(IVAN)
    good = (
        b"POST /register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=15) as link:
        link.sendall(good + body + b"GET /health HTTP/1.1\r\n\r\n")
        first, second = read_all(link).split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"201")
    assert second.startswith(b"400")
