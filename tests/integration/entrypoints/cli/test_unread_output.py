"""Потоки вывода и ошибок, которых никто не читает: ни одна команда не перестаёт слушать сигналы."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.full_pipe import full_pipe
from tests.support.project import ROOT
from tests.support.sql import execute

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/wchan").exists(), reason="what a thread waits for is in /proc"
)

_STOP = 30  # секунд с запасом на занятую машину
_COMMANDS = [
    ["--help"],
    ["register", "--name", "Ivan", "--email", "ivan@example.ru"],
    ["register", "--name", "", "--email", "ivan"],
    ["register", "--json", "--name", "Ivan", "--email", "ivan@example.ru"],
    ["import", "customers.csv"],
    ["import", "--json", "customers.csv"],
    ["import", "absent.csv"],
    ["migrate", "status"],
    ["migrate", "up"],
    ["migrate", "audit"],
    ["keys", "clean"],
    ["settings"],
    ["check"],
    ["openapi"],
    ["unknown"],
]


@contextmanager
def crm_api(
    folder: Path, arguments: list[str], database: str, writer: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Запускает команду с этим каналом вместо обоих потоков."""
    process = subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, "-m", "entrypoints.cli", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "CRM_DATABASE_URL": database},
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=writer,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_over_or_waits_for_the_reader(process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        return True
    return any("pipe_write" in wchan(task) for task in Path(f"/proc/{process.pid}/task").iterdir())


def is_ended_by_a_signal(process: subprocess.Popen[bytes]) -> bool:
    process.send_signal(signal.SIGTERM)
    return process.poll() is not None


def wchan(task: Path) -> str:
    try:
        return (task / "wchan").read_text()
    except OSError:
        return ""


@pytest.mark.parametrize("verbose", [[], ["--verbose"]], ids=["", "verbose"])
@pytest.mark.parametrize("arguments", _COMMANDS, ids=" ".join)
def test_command_is_ended_by_a_signal(
    tmp_path: Path, database: str, arguments: list[str], verbose: list[str]
) -> None:
    (tmp_path / "customers.csv").write_text("name,email\nIvan,ivan@example.ru\n,x\n")
    with (
        full_pipe() as (_, writer),
        crm_api(tmp_path, [*verbose, *arguments], database, writer) as process,
    ):
        eventually(lambda: is_over_or_waits_for_the_reader(process))
        # Загрузка по первому сигналу кончает начатое, и тогда ждут уже её ответа.
        eventually(lambda: is_ended_by_a_signal(process))


def test_import_that_is_told_to_stop_stops(tmp_path: Path, database: str) -> None:
    """Сказать, что она кончает начатое, ей некому, но это не повод остаться."""
    rows = (f"Ivan,ivan{number}@example.ru\n" for number in range(200_000))
    (tmp_path / "customers.csv").write_text(f"name,email\n{''.join(rows)}")
    with (
        full_pipe() as (_, writer),
        crm_api(tmp_path, ["import", "customers.csv"], database, writer) as process,
    ):
        eventually(lambda: execute(database, "SELECT 1 FROM customers LIMIT 1"))
        process.send_signal(signal.SIGTERM)
        eventually(lambda: is_over_or_waits_for_the_reader(process))
        # Чем кончилось, ждёт читателя: сказать больше некому. Но и тогда сигнал слышен.
        eventually(lambda: is_ended_by_a_signal(process))
        rows_stored = execute(database, "SELECT count(*) FROM customers")
        assert rows_stored < [(200_000,)]
