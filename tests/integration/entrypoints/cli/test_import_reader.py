"""Загрузка, файл которой читает другой процесс: сигнал обоим, смерть любого из них."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.importing import counts, importing, is_stored, query, run_import
from tests.support.workbooks import workbook

ROWS = 20_000


@pytest.fixture
def long_csv(folder: Path) -> str:
    lines = [f"Ivan,ivan{number}@example.ru\n" for number in range(ROWS)]
    (folder / "long.csv").write_text("name,email\n" + "".join(lines))
    return "long.csv"


@pytest.fixture
def long_xlsx(folder: Path) -> str:
    rows = [[f"Ivan {number}", f"i{number}@example.ru"] for number in range(ROWS)]
    (folder / "long.xlsx").write_bytes(workbook({"A": [["name", "email"], *rows]}))
    return "long.xlsx"


def reader_of(parent: int) -> int:
    """Номер процесса, который читает файл."""
    [reader] = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return int(reader)


def is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


@pytest.mark.parametrize("name", ["long_csv", "long_xlsx"])
def test_killed_reader_is_one_line_and_the_same_command_goes_on(
    database: str, request: pytest.FixtureRequest, name: str
) -> None:
    file: str = request.getfixturevalue(name)
    with importing(database, file, "--json") as process:
        eventually(lambda: is_stored(database, 500))
        os.kill(reader_of(process.pid), signal.SIGKILL)
        out, err = process.communicate()
    document = json.loads(out)
    assert process.returncode == 1
    assert err.decode().removeprefix("sheet 'A' is read\n") == (
        "Error: the process that reads the file was killed by signal 9;"
        f" {document['registered']} customers of the file are stored;"
        " the same command goes on from there\n"
    )
    assert query(database, "SELECT count(*) FROM customers") == [(document["registered"],)]
    again = counts(run_import(database, file, "--json"))
    assert (again["registered"], again["by_earlier_run"]) == (ROWS, document["registered"])


def test_reader_does_not_outlive_the_import(database: str, long_csv: str) -> None:
    with importing(database, long_csv) as process:
        eventually(lambda: is_stored(database, 500))
        reader = reader_of(process.pid)
        process.kill()
        process.wait()
    eventually(lambda: not is_alive(reader))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_to_both_processes_stops_as_one_to_the_import(
    database: str, long_csv: str, number: signal.Signals
) -> None:
    with importing(database, long_csv, "--json") as process:
        eventually(lambda: is_stored(database, 500))
        os.killpg(process.pid, number)
        out, err = process.communicate()
    registered = json.loads(out)["registered"]
    assert process.returncode == 128 + number
    assert err.decode().splitlines()[-1].startswith(f"Error: stopped; {registered} customers")
    assert query(database, "SELECT count(*) FROM customers") == [(registered,)]
