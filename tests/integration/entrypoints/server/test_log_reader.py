"""Журнал, которого никто не читает: сервис отвечает, слушается и потом говорит, что потеряно."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deaf_service import deaf_service
from tests.support.full_pipe import FILLING, full_pipe
from tests.support.project import ROOT
from tests.support.raw_http import head

_STOP = 15  # секунд: остановка, последние слова и запас на занятую машину


def lines_until(descriptor: int, last: str) -> list[str]:
    """Читает канал, пока не встретится это слово."""
    received = bytearray()
    while last.encode() not in received:
        received += os.read(descriptor, 1 << 20)
    return received.lstrip(FILLING).decode().splitlines()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_registrations_are_answered_and_the_stop_is_obeyed(
    tmp_path: Path, database: str, workers: str
) -> None:
    with deaf_service(tmp_path, database_url=database, workers=workers) as service:
        with service.client() as client:
            for number in range(2000):
                body = {"name": "Ivan", "email": f"deaf{number}@example.ru"}
                assert client.post("/register", json=body).status_code == 201
            assert client.get("/health").status_code == 200
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(_STOP) == 0


def ask_in_a_row(port: int, times: int) -> None:
    """Посылает одним соединением столько запросов с длинными номерами и читает все ответы."""
    request = head("Host: shop.example", f"X-Request-ID: {'x' * 64}", start="GET /health HTTP/1.1")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
        for _ in range(times):
            link.sendall(request)
            received = b""
            while b"CRM API" not in received:
                received += link.recv(65536)


def test_reader_who_comes_back_learns_how_many_lines_were_lost(tmp_path: Path) -> None:
    # Пробы видны с порогом DEBUG; они и заполняют журнал.
    with (
        deaf_service(tmp_path, database_url="memory://", log_level="debug") as service,
        service.client() as client,
    ):

        def lost() -> int:
            found = re.search(
                r"^crm_log_lines_lost_total (\S+)$", client.get("/metrics").text, re.MULTILINE
            )
            assert found
            return int(float(found[1]))

        assert lost() == 0
        while not lost():
            ask_in_a_row(service.port, 2000)
        lines = lines_until(service.reader, " were lost: nobody read it")
        counted = lost()
        [told] = [json.loads(line) for line in lines if "were lost" in line]
        assert told["level"] == "warning"
        # Строка о самом запросе замеров могла потеряться уже после счёта.
        assert told["event"].startswith(f"{counted} ")
        assert client.get("/health", headers={"X-Request-ID": "back"}).status_code == 200
        assert json.loads(lines_until(service.reader, '"back"')[-1])["request_id"] == "back"
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(_STOP) == 0


def test_service_that_cannot_start_ends_though_nobody_reads_why(tmp_path: Path) -> None:
    with full_pipe() as (_, writer):
        ended = subprocess.run(
            [sys.executable, "-m", "entrypoints.cli", "serve"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "CRM_PORT": "none"},
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            timeout=_STOP,
            check=False,
        )
    assert ended.returncode == 2
