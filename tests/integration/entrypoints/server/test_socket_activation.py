"""Сокет открыт systemd: кто соединился во время перезапуска, ждёт в очереди и получает ответ."""

import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.raw_http import answers, connected, head, read_to_end, status
from tests.support.running_service import Service, running_service, start

ASKED = head("Host: shop.example", "Connection: close", start="GET /health HTTP/1.1")
# Как systemd: сокет третьим дескриптором, и переменные о нём (sd_listen_fds(3)).
LAUNCHER = """
import os, sys
number, *command = sys.argv[1:]
os.dup2(int(number), 3)
if int(number) != 3:
    os.close(int(number))
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(command[0], command)
"""


def launcher(passed: socket.socket) -> list[str]:
    return [sys.executable, "-c", LAUNCHER, str(passed.fileno())]


@pytest.fixture
def passed() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as passed:
        yield passed


def activated(
    folder: Path, database: str, passed: socket.socket, workers: str
) -> AbstractContextManager[Service]:
    return running_service(
        folder,
        prefix=launcher(passed),
        passed=[passed.fileno()],
        database_url=database,
        auto_migrate="false",
        workers=workers,
    )


@contextmanager
def asking(url: str) -> Iterator[Counter[bytes]]:
    """Спрашивает без конца, каждый раз новым соединением; считает, чем отвечают."""
    told = Counter[bytes]()
    stopping = Event()

    def ask() -> None:
        while not stopping.is_set():
            told[answers(url, ASKED)[:12]] += 1

    thread = Thread(target=ask, name="asking")
    thread.start()
    try:
        yield told
    finally:
        stopping.set()
        thread.join()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_restart_refuses_no_connection(
    tmp_path: Path, server_url: str, passed: socket.socket, workers: str
) -> None:
    url = f"http://127.0.0.1:{passed.getsockname()[1]}"
    with ExitStack() as services:
        first = services.enter_context(activated(tmp_path, server_url, passed, workers))
        assert first.url == url
        with asking(url) as told:
            eventually(lambda: told.total() >= 10)
            assert first.stop() == 0
            with closing(connected(url)) as waiting:
                waiting.sendall(ASKED)
                services.enter_context(activated(tmp_path, server_url, passed, workers))
                assert status(read_to_end(waiting)) == 200
            enough = told.total() + 10
            eventually(lambda: told.total() >= enough)
    assert told.keys() == {b"HTTP/1.1 200"}


def test_passed_socket_stands_for_the_settings_but_not_for_the_operations_port(
    tmp_path: Path, passed: socket.socket
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as busy,
        running_service(
            tmp_path,
            prefix=launcher(passed),
            passed=[passed.fileno()],
            database_url="memory://",
            port=str(busy.getsockname()[1]),
            operations_port=str(free_port()),
        ) as service,
    ):
        eventually(lambda: "listening for operations on http://127.0.0.1:" in service.log)
        with service.client() as client:
            assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize(
    ("family", "kind", "told"),
    [
        (socket.AF_INET, socket.SOCK_DGRAM, "is no listening TCP socket: in the .socket unit"),
        (socket.AF_INET, socket.SOCK_STREAM, "is no listening TCP socket: in the .socket unit"),
        (socket.AF_INET6, socket.SOCK_STREAM, "serves IPv4 as IPv6: in the .socket unit set"),
    ],
)
def test_unfit_socket_is_one_line(
    tmp_path: Path, family: socket.AddressFamily, kind: socket.SocketKind, told: str
) -> None:
    with socket.socket(family, kind) as unfit:
        if family == socket.AF_INET6:
            unfit.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            unfit.bind(("::", 0))
            unfit.listen()
        process, log = start(
            tmp_path,
            prefix=launcher(unfit),
            passed=[unfit.fileno()],
            database_url="memory://",
        )
        assert process.wait(30) == 1
    assert log.read_text().count("\n") == 1
    assert f"Error: descriptor 3 from systemd {told}" in log.read_text()
