"""Сервис начинает, останавливается и теряет процессы: настоящие сигналы и коды выхода."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import psycopg
import pytest

from tests.support.customers import IVAN
from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.kubernetes import service_variables
from tests.support.running_service import Service, running_service, start
from tests.support.sql import execute


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
    assert execute(database, "SELECT count(*) FROM customers") == [(1,)]


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


def test_connection_to_a_service_that_is_still_starting_is_refused_at_once(tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", 0)) as silent_database:
        url = f"postgresql://nobody@127.0.0.1:{silent_database.getsockname()[1]}/x"
        process, _ = start(tmp_path, database_url=url, port=str(port))
        with process, silent_database.accept()[0]:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
            process.kill()


def test_busy_port_is_one_clear_line_and_exit_1(tmp_path: Path, database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        process, log_path = start(tmp_path, port=port, database_url=database)
        assert process.wait(30) == 1
    assert re.fullmatch(
        rf"Error: cannot listen on 127\.0\.0\.1:{port}: .*; free the port or set .*\n",
        log_path.read_text(),
    )


@pytest.mark.parametrize("workers", ["1", "2"])
def test_too_few_open_files_are_one_clear_line_and_exit_1(
    tmp_path: Path, database: str, workers: str
) -> None:
    few = ("sh", "-c", 'ulimit -n 64; exec "$@"', "sh")
    process, log_path = start(
        tmp_path, prefix=few, database_url=database, workers=workers, log_level="ERROR"
    )
    assert process.wait(30) == 1
    told = [line for line in log_path.read_text().splitlines() if "Too many open files" in line]
    assert told
    assert all("may have 64 of them, and 256 are the least" in line for line in told)


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


def test_service_starts_among_the_variables_of_kubernetes(tmp_path: Path) -> None:
    """Что kubelet кладёт в под о пяти службах с такими именами."""
    services = ("CRM", "CRM_API", "CRM_DB", "CRM_LOG", "CRM_WORKERS")
    variables = {
        name.removeprefix("CRM_").lower(): value
        for service in services
        for name, value in service_variables(service).items()
    }
    (tmp_path / "crm-api.toml").write_text("port = 0\n")
    variables["database_url"] = "memory://"
    with running_service(tmp_path, **variables) as service:  # type: ignore[arg-type]  # имена — настроек
        assert service.log.count("enableServiceLinks: false") == 1
        assert service.stop() == 0
