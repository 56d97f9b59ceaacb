"""Несколько процессов: погибшего заменяют, без главного не остаются."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.integration.service import Service, running_service

_STARTED = re.compile(r"Started server process \[(\d+)\]")


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database, workers="2") as service:
        eventually(lambda: len(pids(service)) == 2)
        yield service


def pids(service: Service) -> list[int]:
    """Номера всех рабочих процессов, которые начали работать, по порядку."""
    return [int(pid) for pid in _STARTED.findall(service.log)]


def child_count(service: Service) -> int:
    listed = subprocess.check_output(["ps", "-A", "-o", "ppid="], text=True)  # noqa: S607 — POSIX
    return listed.split().count(str(service.process.pid))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Осиротевшего хоронит init, и не всякий init делает это сразу.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_killed_worker_is_replaced_and_requests_are_answered(service: Service) -> None:
    os.kill(pids(service)[0], signal.SIGKILL)
    eventually(lambda: service.log.count("Application startup complete") == 3)
    assert f"worker {pids(service)[0]} has ended with code -9" in service.log
    for _ in range(10):
        with service.client() as client:
            assert client.get("/health").status_code == 200
    assert service.stop() == 0
    assert not any(map(is_alive, pids(service)))


def test_workers_end_when_their_parent_is_killed(service: Service) -> None:
    service.process.kill()
    service.process.wait(30)
    eventually(lambda: not any(map(is_alive, pids(service))))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_signal_of_a_terminal_stops_all_once(service: Service, number: int) -> None:
    for _ in range(3):
        os.killpg(service.process.pid, number)
    assert service.process.wait(30) == 0
    assert "Traceback" not in service.log
    assert not any(map(is_alive, pids(service)))


def test_ctrl_c_while_a_worker_starts_leaves_no_traceback(service: Service) -> None:
    children = child_count(service)
    os.kill(pids(service)[0], signal.SIGKILL)
    eventually(lambda: "has ended with code -9" in service.log)
    eventually(lambda: child_count(service) == children)
    for _ in range(20):
        os.killpg(service.process.pid, signal.SIGINT)
    assert service.process.wait(30) == 0
    assert "Traceback" not in service.log


def test_worker_that_cannot_start_ends_the_service_with_one_line(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CRM_PROT=1\n")
    os.kill(pids(service)[0], signal.SIGKILL)
    assert service.process.wait(30) == 1
    assert service.log.count("CRM_PROT is not a setting") == 1
    assert service.log.endswith("Error: a worker could not start (exit code 1); the log says why\n")
    assert "Traceback" not in service.log
