"""Сервис целиком: настоящий процесс, настоящий сокет, настоящая база данных."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from adapters.postgres.embedded import embedded_postgres
from tests.customers import IVAN
from tests.eventually import eventually
from tests.integration.raw_http import IVAN_BODY, connected, head, read_to_end
from tests.integration.service import Service, running_service, start

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database) as service:
        yield service


def customer_count(database: str) -> int:
    with psycopg.connect(database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM customers").fetchone() or (0,)
        return int(count)


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
    assert customer_count(database) == 1


@contextmanager
def slow_request(service: Service) -> Iterator[Callable[[], bytes]]:
    """Запрос, который сервис уже принял, но чьё тело придёт по вызову; вызов даёт ответ."""
    body = orjson.dumps(IVAN)
    head = (
        "POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )

    def send() -> bytes:
        link.sendall(body)
        return answer.read()

    address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=30) as link, link.makefile("rb") as answer:
        link.sendall(head.encode())
        assert answer.readline().startswith(b"HTTP/1.1 100")
        yield send


def test_sender_who_has_closed_his_side_gets_all_answers(service: Service) -> None:
    length = f"Content-Length: {len(IVAN_BODY)}"
    request = head("Host: shop.example", "Content-Type: application/json", length) + IVAN_BODY
    with connected(service.url) as link:
        link.sendall(request + request)
        link.shutdown(socket.SHUT_WR)
        answer = read_to_end(link)
    assert answer.count(b"HTTP/1.1 201") == 1
    assert answer.count(b"HTTP/1.1 400") == 1


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_signal_answers_what_was_accepted_and_ends_with_0(
    tmp_path: Path, database: str, workers: str, signal_number: int
) -> None:
    with (
        running_service(tmp_path, database_url=database, workers=workers) as service,
        slow_request(service) as send,
    ):
        service.process.send_signal(signal_number)
        eventually(lambda: "Shutting down" in service.log)
        assert b"HTTP/1.1 201 Created" in send()
        assert service.process.wait(30) == 0
        assert "Traceback" not in service.log
    assert customer_count(database) == 1


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGHUP])
def test_second_signal_does_not_cut_what_was_accepted(
    tmp_path: Path, database: str, again: int
) -> None:
    with running_service(tmp_path, database_url=database) as service, slow_request(service) as send:
        for signal_number in (again, again):
            service.process.send_signal(signal_number)
            eventually(lambda: "Shutting down" in service.log)
        assert b"HTTP/1.1 201 Created" in send()
        assert service.process.wait(30) == 0
        assert "Traceback" not in service.log


def test_dead_worker_is_replaced(tmp_path: Path, database: str) -> None:
    with (
        running_service(tmp_path, database_url=database, workers="2") as service,
        service.client() as client,
    ):
        first, _ = re.findall(r"Started server process \[(\d+)\]", eventually_started(service, 2))
        os.kill(int(first), signal.SIGKILL)
        eventually_started(service, 3)
        assert client.post("/register", json=IVAN).status_code == 201


def eventually_started(service: Service, count: int) -> str:
    return eventually(
        lambda: service.log if service.log.count("Started server process") >= count else ""
    )


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
    assert customer_count(database) == 1


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
    assert service.log.count("INSERT INTO customers") == 2
    for secret in ("planted", "9213451948", "Molodezhnaya", "Orsk"):
        assert secret not in service.log.lower()
        assert secret not in service.log


def test_busy_port_is_one_clear_line_and_exit_1(tmp_path: Path, database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        process, log_path = start(tmp_path, port=port, database_url=database)
        assert process.wait(30) == 1
    assert re.fullmatch(
        rf"Error: cannot listen on 127\.0\.0\.1:{port}: .*; free the port or set .*\n",
        log_path.read_text(),
    )


def test_wrong_setting_is_one_clear_line_and_exit_2(tmp_path: Path) -> None:
    process, log_path = start(tmp_path, prot="3001", workers="0")
    assert process.wait(30) == 2
    assert log_path.read_text() == (
        "Error: CRM_PROT is not a setting: did you mean CRM_PORT?;"
        " CRM_WORKERS must be from 1 to 64, not 0\n"
    )


def test_memory_of_several_processes_is_one_clear_line_and_exit_2(tmp_path: Path) -> None:
    process, log_path = start(tmp_path, database_url="memory://", workers="2")
    try:
        assert process.wait(30) == 2
    finally:
        process.terminate()
    assert log_path.read_text() == (
        "Error: CRM_WORKERS must be 1 with memory://: processes have no common memory\n"
    )


def test_absent_database_is_one_clear_line_and_exit_1(tmp_path: Path) -> None:
    url = "postgresql://crm_user:topsecret@127.0.0.1:1/crm_db"
    process, log_path = start(tmp_path, database_url=url)
    assert process.wait(30) == 1
    log = log_path.read_text()
    assert log.startswith("Error: cannot reach the database")
    assert log.count("\n") == 1
    assert "topsecret" not in log


def test_without_auto_migration_the_schema_is_left_alone(
    tmp_path: Path, empty_database: str
) -> None:
    with (
        running_service(tmp_path, database_url=empty_database, auto_migrate="false"),
        psycopg.connect(empty_database) as connection,
    ):
        row = connection.execute("SELECT to_regclass('customers')").fetchone()
    assert row == (None,)


def test_memory_serves_without_a_database(tmp_path: Path) -> None:
    with (
        running_service(tmp_path, database_url="memory://") as service,
        service.client() as client,
    ):
        assert client.get("/health/ready").status_code == 200
        assert [client.post("/register", json=IVAN).status_code for _ in range(2)] == [201, 400]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["service.log"]
