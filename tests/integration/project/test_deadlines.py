"""Сами тесты: глухоты к сигналам они не наследуют, и у каждого есть срок."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

_DEAF = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_HEARING = """
import os, signal, subprocess, sys

def test_child_hears_every_signal():
    program = "import signal; print([signal.getsignal(n) for n in %s])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout
    assert "SIG_IGN" not in said
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
"""
_HANGING = """
import threading

def test_hangs():
    threading.Event().wait()
"""


def pytest_on(test: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Исполняет тест с нашими настройками в процессе, которому велено не слышать сигналов."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n")
    (folder / "test_one.py").write_text(test)
    return subprocess.run(  # noqa: S603 — запускается свой же код
        [
            *("/bin/sh", "-c", "trap '' INT TERM HUP QUIT; exec \"$@\"", "sh", sys.executable),
            *("-m", "pytest", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")),
            *(*options, str(folder / "test_one.py")),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_processes_of_the_tests_hear_signals_though_the_tests_were_told_not_to(
    tmp_path: Path,
) -> None:
    ended = pytest_on(_HEARING % [*map(int, _DEAF)], tmp_path)
    assert ended.returncode == 0, ended.stdout


def test_test_that_hangs_ends_the_run_and_says_where(tmp_path: Path) -> None:
    ended = pytest_on(_HANGING, tmp_path, "-o", "faulthandler_timeout=1")
    assert ended.returncode != 0
    assert "test_hangs" in ended.stderr


def test_every_test_has_a_deadline(pytestconfig: pytest.Config) -> None:
    assert float(pytestconfig.getini("faulthandler_timeout")) > 0
    assert pytestconfig.getini("faulthandler_exit_on_timeout")
