"""Сервис, журнала которого никто не читает."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from attrs import frozen

from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.full_pipe import full_pipe
from tests.support.project import ROOT


@frozen
class DeafService:
    """Сервис, журнала которого никто не читает.

    Attributes:
        process: его процесс.
        port: где он слушает.
        reader: конец канала, из которого можно начать читать.
    """

    process: subprocess.Popen[bytes]
    port: int
    reader: int

    def client(self) -> httpx2.Client:
        """Клиент этого сервиса."""
        url = f"http://127.0.0.1:{self.port}"
        return httpx2.Client(base_url=url, timeout=30, trust_env=False)


@contextmanager
def deaf_service(folder: Path, **variables: str) -> Iterator[DeafService]:
    """Запускает ``crm-api serve`` с полным каналом вместо потоков вывода и ошибок."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "CRM_PORT": str(port),
        **{f"CRM_{name.upper()}": value for name, value in variables.items()},
    }
    with full_pipe() as (reader, writer):
        process = subprocess.Popen(
            [sys.executable, "-m", "entrypoints.cli", "serve"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
        )
        service = DeafService(process, port, reader)
        try:
            eventually(lambda: is_alive(service))
            yield service
        finally:
            process.kill()
            process.wait()


def is_alive(service: DeafService) -> bool:
    try:
        with service.client() as client:
            return client.get("/health").status_code == 200
    except httpx2.TransportError:
        assert service.process.poll() is None
        return False
