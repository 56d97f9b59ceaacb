"""Процессы встроенного PostgreSQL, которых ещё или уже нет в ``postmaster.pid``."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.embedded_server import CLIENT
from tests.support.project import ROOT


def processes_naming(path: Path) -> list[int]:
    """Номера процессов, в командах которых есть этот путь; папку сделал тест, они его."""
    command_lines = Path("/proc").glob("[0-9]*/cmdline")
    return [int(found.parent.name) for found in command_lines if str(path) in _arguments(found)]


def _arguments(command_line: Path) -> list[str]:
    try:
        return command_line.read_text(errors="replace").split("\0")
    except OSError:  # процесса уже нет
        return []


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


@contextmanager
def starting_client(data_dir: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Другой процесс, который только начал запускать сервер; живёт, пока открыт контекст."""
    with subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", CLIENT, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, **environment},
    ) as process:
        yield process
