"""Подписчик, который принимает всё, отдельным процессом."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.project import ROOT


@contextmanager
def running_receiver() -> Iterator[str]:
    """Запускает подписчика; даёт его адрес."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise AssertionError
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/"
        finally:
            process.terminate()
