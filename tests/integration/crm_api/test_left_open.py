"""Регистрация, которую никто не закрыл: процесс кончается и слышит сигналы."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.project import ROOT
from tests.support.sql import execute

DEADLINE = 120  # секунд: на занятой машине один импорт длится десяток

OPENED = """
import atexit, sys
from contextlib import ExitStack
from crm_api import registration

stack = ExitStack()
register = stack.enter_context(registration(sys.argv[1]))
print(register(name="Ivan", email="ivan@example.ru").id, flush=True)
"""
KEPT = """
import sys
from crm_api import registration

opened = registration(sys.argv[1])
register = opened.__enter__()
print(register(name="Ivan", email="ivan@example.ru").id, flush=True)
"""
PROGRAMS = {
    "stack": OPENED,
    "global": KEPT,
    "atexit": OPENED + "atexit.register(stack.close)\n",
    "cycle": OPENED + "stack.itself = stack; del register\n",
    "exit": OPENED + "sys.exit(0)\n",
    "thread": OPENED
    + "import threading\n"
    + "threading.Thread(target=lambda: register(name='Ivan', email='b@example.ru')).start()\n",
}


@contextmanager
def running(code: str, database: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, "-W", "error", "-c", code, database],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "CRM_DATA_DIR": str(folder / "data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("program", PROGRAMS)
def test_process_ends_though_nobody_closed(program: str, database: str, tmp_path: Path) -> None:
    with running(PROGRAMS[program], database, tmp_path) as process:
        told, errors = process.communicate(timeout=DEADLINE)
    assert (process.returncode, told, errors) == (0, "1\n", "")
    assert execute(database, "SELECT count(*) FROM customers") == [(1 + (program == "thread"),)]


@pytest.mark.parametrize("program", ["stack", "atexit"])
def test_process_with_the_embedded_server_ends_too(
    program: str, data_root: Path, tmp_path: Path
) -> None:
    folder = data_root / tmp_path.name
    folder.mkdir()
    with running(PROGRAMS[program], "", folder) as process:
        told, errors = process.communicate(timeout=DEADLINE)
    assert (process.returncode, told, errors) == (0, "1\n", "")


def test_interrupt_is_heard_while_it_is_open(database: str, tmp_path: Path) -> None:
    code = OPENED + "import threading; threading.Event().wait()\n"
    with running(code, database, tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGINT
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
