"""Сервис отдельным процессом: так, как его запускает оператор."""

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import httpx2

from tests.support.eventually import eventually
from tests.support.project import ROOT

_LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")
_STOP_SECONDS = 30
SERVE = ("entrypoints.cli", "serve")


@attrs.frozen
class Service:
    """Работающий процесс.

    Attributes:
        process: процесс ``crm-api serve``, глава своей группы процессов.
        url: где он слушает.
        log_path: файл с его журналом.
    """

    process: subprocess.Popen[bytes]
    url: str
    log_path: Path

    @property
    def log(self) -> str:
        """Весь журнал, который уже записан."""
        return self.log_path.read_text(encoding="utf-8")

    def complete_log(self) -> str:
        """Журнал обо всём, что случилось до вызова; процесс у сервиса один.

        Под нагрузкой строки пишутся не сразу, но по порядку: ждут строки о своём же запросе.
        """
        last = uuid.uuid4().hex
        with self.client() as client:
            assert client.get("/nowhere", headers={"X-Request-ID": last}).status_code == 404
        return eventually(lambda: self.log if last in self.log else "")

    def client(self, timeout: float = 30) -> httpx2.Client:
        """Клиент этого сервиса."""
        return httpx2.Client(base_url=self.url, timeout=timeout, trust_env=False)

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Останавливает сервис и возвращает код выхода."""
        self.process.send_signal(signal_number)
        return self.process.wait(_STOP_SECONDS)


def start(
    folder: Path,
    *,
    program: Sequence[str] = SERVE,
    prefix: Sequence[str] = (),
    python: Path | None = None,
    passed: Sequence[int] = (),
    **variables: str,
) -> tuple[subprocess.Popen[bytes], Path]:
    """Запускает ``crm-api serve`` в папке и с настройками ``CRM_…`` и сразу возвращается.

    Args:
        folder: рабочая папка; в ней журнал.
        program: модуль и его аргументы.
        prefix: чем запускать, если не прямо.
        python: другой Python, в котором сервис установлен; пакетов из клона он не видит.
        passed: дескрипторы, которые достанутся запущенному.
        variables: настройки без ``CRM_``.
    """
    log_path = folder / "service.log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        **({} if python else {"PYTHONPATH": str(ROOT)}),
        "CRM_PORT": "0",
        "CRM_DRAIN_SECONDS": "0",  # балансировщика нет, и тесту ждать незачем
        **{f"CRM_{name.upper()}": value for name, value in variables.items()},
    }
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 — что запустить, решает тест
            [*prefix, python or sys.executable, "-m", *program],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
            pass_fds=passed,
        )
    return process, log_path


@contextmanager
def running_service(
    folder: Path,
    *,
    program: Sequence[str] = SERVE,
    prefix: Sequence[str] = (),
    python: Path | None = None,
    passed: Sequence[int] = (),
    **variables: str,
) -> Iterator[Service]:
    """Запускает сервис, ждёт, пока он ответит, и в конце останавливает."""
    process, log_path = start(
        folder, program=program, prefix=prefix, python=python, passed=passed, **variables
    )
    try:
        yield _answering(process, log_path)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(_STOP_SECONDS)


def _answering(process: subprocess.Popen[bytes], log_path: Path) -> Service:
    def url() -> str:
        assert process.poll() is None, log_path.read_text(encoding="utf-8")
        match = _LISTENING.search(log_path.read_text(encoding="utf-8"))
        return match[1] if match else ""

    service = Service(process, eventually(url), log_path)
    with service.client() as client:
        assert client.get("/health").status_code == 200
    return service
