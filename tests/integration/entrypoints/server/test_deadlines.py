"""Медленные и молчащие: сроки настоящего сервиса, какими они поставляются."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.raw_http import IVAN_BODY, connected, head, read_to_end, status
from tests.support.running_service import Service, running_service

HOST = "Host: shop.example"
BODY_COMES = head(HOST, "Content-Type: application/json", f"Content-Length: {len(IVAN_BODY)}")


@pytest.fixture
def service(tmp_path: Path, server_url: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=server_url, auto_migrate="false") as service:
        yield service


def test_slow_and_silent_are_closed_however_they_drip(service: Service) -> None:
    def ended(sent: bytes, drip: bytes) -> bytes:
        with connected(service.url) as link:
            link.sendall(sent)
            return read_to_end(link, drip=drip)

    cases = {
        "silent": (b"", b""),
        "head stops": (b"POST /reg", b""),
        "head drips": (head(HOST)[:-2] + b"X-Slow: ", b"x"),
        "body stops": (BODY_COMES, b""),
        "body drips": (BODY_COMES, b" "),
    }
    with ThreadPoolExecutor(len(cases)) as pool:
        answers = dict(zip(cases, pool.map(lambda case: ended(*case), cases.values()), strict=True))
    assert answers.pop("silent") == b""
    for name, answer in answers.items():
        assert status(answer) == 408, name
        assert b"/problems/request_timeout" in answer, name
    assert eventually(lambda: service.log.count(" 408 in ") == len(answers))
    assert " 499 in " not in service.log


def test_silent_sockets_take_no_place_from_others(service: Service) -> None:
    with ExitStack() as silent, service.client() as client:
        for _ in range(300):
            silent.enter_context(connected(service.url))
        assert client.get("/health").status_code == 200
