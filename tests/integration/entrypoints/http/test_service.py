"""Сервис целиком: настоящий процесс, настоящий сокет, настоящая база данных."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.postgres.embedded import embedded_postgres
from tests.support.customers import IVAN
from tests.support.eventually import eventually
from tests.support.raw_http import IVAN_BODY, connected, head, read_to_end
from tests.support.running_service import Service, running_service
from tests.support.sql import execute

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database) as service:
        yield service


def test_readme_example_is_registered_then_refused_also_after_a_restart(
    tmp_path: Path, data_root: Path
) -> None:
    data_dir = str(data_root / "readme")
    with running_service(tmp_path, data_dir=data_dir) as service, service.client() as client:
        answer = client.post("/register", json=IVAN)
        assert answer.status_code == 201
        body = answer.json()
        assert list(body) == ["id", *IVAN, "registered_at"]
        assert {name: body[name] for name in IVAN} == IVAN
        assert body["id"] == 1
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", body["registered_at"])
        assert client.post("/register", json=IVAN).status_code == 400
    with running_service(tmp_path, data_dir=data_dir) as service, service.client() as client:
        answer = client.post("/register", json=IVAN)
        assert answer.status_code == 400
        assert "уже зарегистрирован" in answer.json()["detail"]


def test_one_of_fifty_simultaneous_spellings_is_registered(service: Service, database: str) -> None:
    address = "ivan.ivanov@xn--e1afmkfd.ru"
    spellings = [
        address[:n].upper() + address[n:].replace("xn--e1afmkfd", "пример" if n % 2 else "ПРИМЕР")
        for n in range(10)
    ] * 5

    def register(email: str) -> int:
        with service.client() as client:
            return client.post("/register", json={"name": "Ivan", "email": email}).status_code

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(register, spellings))
    assert sorted(statuses) == [201] + [400] * 49
    assert execute(database, "SELECT count(*) FROM customers") == [(1,)]


def test_sender_who_has_closed_his_side_gets_all_answers(service: Service) -> None:
    length = f"Content-Length: {len(IVAN_BODY)}"
    request = head("Host: shop.example", "Content-Type: application/json", length) + IVAN_BODY
    with connected(service.url) as link:
        link.sendall(request + request)
        link.shutdown(socket.SHUT_WR)
        answer = read_to_end(link)
    assert answer.count(b"HTTP/1.1 201") == 1
    assert answer.count(b"HTTP/1.1 400") == 1


def test_stopped_database_is_503_and_a_started_one_201_again(
    tmp_path: Path, data_root: Path
) -> None:
    data_dir = data_root / "stopped"
    another = {**IVAN, "email": "pyotr@example.ru"}
    with ExitStack() as stack:
        with embedded_postgres(data_dir) as server:
            running = running_service(tmp_path, database_url=server.url)
            service = stack.enter_context(running)
            client = stack.enter_context(service.client(timeout=5))
            assert client.post("/register", json=IVAN).status_code == 201
        answer = client.post("/register", json=another)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/health").status_code == 200
        with embedded_postgres(data_dir):
            assert client.post("/register", json=another).status_code == 201
    assert "Traceback" not in service.log


REFUSED = {
    "NUL": (rb'{"name": "\u0000x", "email": "a@b.ru"}', 422),
    "lone surrogate": (rb'{"name": "\ud800", "email": "a@b.ru"}', 422),
    "NaN": (b'{"name": "x", "email": "a@b.ru", "age": NaN}', 422),
    "1e999": (b'{"name": "x", "email": "a@b.ru", "age": 1e999}', 422),
    "2^64": (b'{"name": "x", "email": "a@b.ru", "age": 18446744073709551616}', 422),
    "5 000 brackets": (b"[" * 5000, 422),
    "byte-order mark": (b"\xef\xbb\xbf" + orjson.dumps(IVAN), 422),
    "UTF-16": (orjson.dumps(IVAN).decode().encode("utf-16"), 422),
    "bad UTF-8": (b'{"name": "\xff", "email": "a@b.ru"}', 422),
    "empty": (b"", 422),
    "null": (b"null", 422),
    "array": (b"[]", 422),
    "text": (b'"x"', 422),
    "2 MiB": (b" " * 2 * 1024 * 1024, 413),
}


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start_at in range(0, len(body), 65536):
        yield body[start_at : start_at + 65536]


def test_bad_bodies_are_refused_and_store_nothing(service: Service, database: str) -> None:
    with service.client() as client:
        for name, (body, status) in REFUSED.items():
            for content in (body, in_chunks(body)):
                answer = client.post("/register", content=content, headers=JSON)
                assert answer.status_code == status, name
                assert answer.headers["content-type"] == "application/problem+json", name
        duplicates = b'{"name": "Pyotr", "name": "Ivan", "email": "a@b.ru"}'
        last = client.post("/register", content=duplicates, headers=JSON)
        assert (last.status_code, last.json()["name"]) == (201, "Ivan")
    assert execute(database, "SELECT count(*) FROM customers") == [(1,)]


def test_log_holds_every_statement_and_no_personal_data(service: Service) -> None:
    planted = {**IVAN, "name": "Planted", "email": "planted@example.ru", "phone": "+79213451948"}
    requests: list[dict[str, Any]] = [
        planted,
        planted,
        {**planted, "age": "x"},
        {"email": "planted"},
    ]
    with service.client() as client:
        for body in requests:
            client.post("/register?planted@example.ru", json=body)
        client.get("/planted@example.ru")
    eventually(lambda: " 404 in " in service.log)
    assert service.log.count('"event":"insert_one') == 2
    assert service.log.count("INSERT INTO customers") == 1  # текст — один раз
    for secret in ("planted", "9213451948", "Molodezhnaya", "Orsk"):
        assert secret not in service.log.lower()
        assert secret not in service.log


def test_memory_serves_without_a_database(tmp_path: Path) -> None:
    with (
        running_service(tmp_path, database_url="memory://") as service,
        service.client() as client,
    ):
        assert client.get("/health/ready").status_code == 200
        assert [client.post("/register", json=IVAN).status_code for _ in range(2)] == [201, 400]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["service.log"]
