"""Несколько процессов: умершего сменяет новый, без надзирателя не остаётся никого."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.raw_http import IVAN_BODY, accepted_request, read_to_end, status
from tests.support.running_service import Service, running_service, start

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="children are in /proc")


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database, workers="2") as service:
        # Отвечает и один; тест начинается, когда начали оба.
        eventually(lambda: service.log.count("Application startup complete") == 2)
        yield service


def workers(service: Service) -> set[int]:
    return workers_of(service.process.pid)


def workers_of(pid: int) -> set[int]:
    """Номера рабочих процессов: потомки, запущенные multiprocessing."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children if b"spawn_main" in command(int(child))}


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_worker_that_died_is_replaced_and_the_service_answers(service: Service) -> None:
    before = workers(service)
    os.kill(min(before), signal.SIGKILL)
    eventually(lambda: len(workers(service) - before) == 1 and len(workers(service)) == 2)
    for _ in range(20):
        with service.client() as client:
            assert client.get("/health").status_code == 200
    assert service.stop() == 0


def test_worker_that_hangs_is_replaced(service: Service) -> None:
    before = workers(service)
    hung = min(before)
    os.kill(hung, signal.SIGSTOP)
    eventually(lambda: hung not in workers(service) and len(workers(service)) == 2, seconds=90)
    assert before - workers(service) == {hung}
    eventually(lambda: f"worker {hung} has hung and is killed" in service.log)
    assert service.stop() == 0


def test_workers_that_die_at_once_are_replaced_ever_more_rarely(tmp_path: Path) -> None:
    process, log_path = start(tmp_path, program=("tests.support.dying_workers",))

    def deaths() -> list[tuple[float, float]]:
        """Когда процесс умер и сколько секунд надзиратель обещал выждать."""
        events = map(json.loads, log_path.read_text().splitlines())
        told = re.compile(r"worker \d+ has ended \(signal 9, Killed\); another starts in (\S+) s")
        return [
            (datetime.fromisoformat(event["timestamp"]).timestamp(), float(match[1]))
            for event in events
            if (match := told.fullmatch(event["event"]))
        ]

    try:
        eventually(lambda: len(deaths()) >= 4)
        seen = deaths()[:4]
        assert [pause for _, pause in seen] == [0, 1, 2, 4]
        for (died, pause), (died_next, _) in pairwise(seen):
            assert died_next - died >= pause
    finally:
        process.terminate()  # в паузе
        assert process.wait(30) == 0


def test_first_worker_does_not_outlive_a_second_that_cannot_be_started(tmp_path: Path) -> None:
    process, log_path = start(tmp_path, program=("tests.support.unstartable_worker", "2"))
    try:
        assert process.wait(30) == 1
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert log_path.read_text().splitlines()[-1] == "OSError: too many open files"


def test_replacement_that_cannot_be_started_now_is_tried_again(tmp_path: Path) -> None:
    process, log_path = start(tmp_path, program=("tests.support.unstartable_worker", "3"))
    try:
        eventually(lambda: log_path.read_text().count("begun\n") == 2)
        before = workers_of(process.pid)
        os.kill(min(before), signal.SIGKILL)
        eventually(lambda: len(workers_of(process.pid) | before) == 3)
        assert max(before) in workers_of(process.pid)
        assert "a worker could not start (too many open files)" in log_path.read_text()
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_worker_without_its_database_says_so_in_one_line(tmp_path: Path) -> None:
    process, log_path = start(
        tmp_path, program=("tests.support.unsupervised_worker",), data_dir="/dev/null/absent"
    )
    assert process.wait(30) == 1
    [said] = map(json.loads, log_path.read_text().splitlines())
    assert "/dev/null/absent" in said["event"]


def test_workers_end_at_once_with_the_parent_that_was_killed(
    tmp_path: Path, server_url: str
) -> None:
    with running_service(
        tmp_path,
        database_url=server_url,
        auto_migrate="false",
        workers="2",
        drain_seconds="300",
    ) as service:
        eventually(lambda: service.log.count("Application startup complete") == 2)
        orphans = workers(service)
        service.process.kill()
        service.process.wait()
        eventually(lambda: not any(map(command, orphans)))


def test_second_interrupt_cuts_no_answer(service: Service) -> None:
    with closing(accepted_request(service.url)) as link:
        for _ in range(2):
            os.killpg(service.process.pid, signal.SIGINT)  # так шлёт терминал
        link.sendall(IVAN_BODY)
        assert status(read_to_end(link)) == 201
    assert service.process.wait(30) == 0


def test_hang_up_of_the_terminal_stops_all(service: Service) -> None:
    running = workers(service)
    os.killpg(service.process.pid, signal.SIGHUP)
    assert service.process.wait(30) == 0
    assert not any(map(command, running))


def test_interrupt_while_a_worker_starts_leaves_no_traceback(service: Service) -> None:
    before = workers(service)
    os.kill(min(before), signal.SIGKILL)
    eventually(lambda: workers(service) - before)
    for _ in range(20):
        os.killpg(service.process.pid, signal.SIGINT)
    assert service.process.wait(30) == 0
    assert "Traceback" not in service.log


def test_replacement_that_cannot_start_does_not_stop_who_serves(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CRM_PROT=1\n")
    first, second = sorted(workers(service))
    os.kill(first, signal.SIGKILL)
    eventually(lambda: "CRM_PROT is not a setting" in service.log)
    eventually(lambda: "has ended (exit code 1); another starts in" in service.log)
    assert second in workers(service)
    (tmp_path / ".env").unlink()
    eventually(lambda: len(workers(service) - {first, second}) == 1)
    with service.client() as client:
        assert client.get("/health").status_code == 200
    assert service.stop() == 0


def test_workers_that_cannot_start_end_the_service_with_one_line(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CRM_PROT=1\n")
    for worker in workers(service):
        os.kill(worker, signal.SIGKILL)
    assert service.process.wait(30) == 1
    assert "CRM_PROT is not a setting" in service.log
    assert service.log.splitlines()[-1].startswith("Error: a worker could not start")
    assert "Traceback" not in service.log
