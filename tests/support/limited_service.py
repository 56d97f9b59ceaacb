"""Настоящий сервер с хранилищем в памяти и короткими сроками, отдельным процессом.

``python -m tests.support.limited_service '{"silence": 0.5}'`` пишет строку с номером порта.
"""

import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import frozen
from dependency_injector import providers

from adapters.memory import InMemoryCustomerRepository
from entrypoints.container import Container
from entrypoints.logs import log_to_standard_error
from entrypoints.server.http_server import serve_http
from entrypoints.server.limits import ConnectionLimits
from entrypoints.server.open_files import raise_open_files_limit
from entrypoints.settings import Settings
from tests.support.project import ROOT


@frozen
class LimitedService:
    """Работающий сервер.

    Attributes:
        process: его процесс.
        port: где он слушает.
    """

    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> socket.socket:
        """Открывает соединение; ждёт байтов не дольше 15 с."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def ask(self, request: bytes) -> bytes:
        """Посылает байты и читает всё до закрытия соединения сервером."""
        with self.connect() as link:
            link.sendall(request)
            return read_all(link)


def read_all(link: socket.socket) -> bytes:
    """Читает до закрытия соединения; оборванное — тоже закрытое."""
    received = bytearray()
    try:
        while chunk := link.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return bytes(received)


def read_answer(link: socket.socket) -> bytes:
    """Читает один ответ с Content-Length, не дожидаясь закрытия."""
    received = bytearray()
    while b"\r\n\r\n" not in received:
        received += _some(link)
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields[b"content-length"]):
        body += _some(link)
    return head + b"\r\n\r\n" + body


def _some(link: socket.socket) -> bytes:
    chunk = link.recv(65536)
    assert chunk, "closed before the answer"
    return chunk


@contextmanager
def limited_service(**limits: float) -> Iterator[LimitedService]:
    """Запускает сервер с такими пределами, потом убивает.

    ``drain`` — сколько секунд ещё принимать соединения, ``files`` — предел открытых файлов.
    """
    process = subprocess.Popen(  # noqa: S603 — запускаем самих себя
        [sys.executable, "-m", "tests.support.limited_service", json.dumps(limits)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    with process:
        assert process.stdout is not None
        try:
            yield LimitedService(process, int(process.stdout.readline()))
        finally:
            process.kill()


def main() -> None:
    """Обслуживает запросы, пока не велят остановиться."""
    limits = json.loads(sys.argv[1])
    drain = limits.pop("drain", 0)
    log_to_standard_error("INFO", "json")
    raise_open_files_limit()
    if files := limits.pop("files", 0):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    container = Container()
    container.settings.override(providers.Object(Settings()))
    container.customers.override(providers.Singleton(InMemoryCustomerRepository))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    serve_http(
        container.app(),
        [listening],
        stopping=container.stopping(),
        drain=drain,
        fast_path=container.http.fast_path(),
        on_start=lambda: print(port, flush=True),  # noqa: T201 — так тест узнаёт порт
        limits=ConnectionLimits(**limits),
    )


if __name__ == "__main__":
    main()
