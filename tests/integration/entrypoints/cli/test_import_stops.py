"""Загрузка прервана — убита, остановлена, потеряла базу данных, — и начата снова."""

import json
import os
import pty
import random
import signal
import termios
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
import psycopg
import pytest

from application import import_customers
from application.retrying_batches import RetryingCustomerBatches
from tests.support.eventually import eventually
from tests.support.importing import counts, importing, is_stored, query, run_import, stored
from tests.support.messy_file import Fate, count, file_of, messy_rows
from tests.support.workbooks import workbook

AGAIN = "the same command goes on from there"
_ENDLESS = 10_000  # знаков: такие строки проверены, а длинному файлу прибавили бы только мегабайты


@pytest.fixture
def long_file(folder: Path) -> int:
    """Файл ``long.csv``, который загружается секунды; возвращает, сколько в нём покупателей."""
    rows = [row for row in messy_rows(20_000, seed=7) if len(row.text) < _ENDLESS]
    (folder / "long.csv").write_text(file_of(rows), encoding="utf-8", newline="")
    return count(rows, Fate.REGISTERED)


def test_killed_ten_times_the_import_ends_as_if_it_never_was(
    database: str, other_database: str, folder: Path, long_file: int
) -> None:
    undisturbed = counts(run_import(other_database, "long.csv", "--json", "--rejects", "calm.csv"))
    chance = random.Random(1)  # noqa: S311 — не тайна, а повторимость
    # Не до конца: от последней записи до выхода проходят миллисекунды, и убивать стало бы некого.
    for moment in sorted(chance.randrange(long_file * 3 // 4) for _ in range(10)):
        with importing(database, "long.csv", "--rejects", "killed.csv") as process:
            eventually(lambda moment=moment: is_stored(database, moment))  # type: ignore[misc]
            process.kill()
            assert process.wait() == -signal.SIGKILL
        assert not (folder / "killed.csv").exists()
    [(before,)] = query(database, "SELECT count(*) FROM customers")
    assert isinstance(before, int)
    assert 0 < before < long_file
    last = counts(run_import(database, "long.csv", "--json", "--rejects", "killed.csv"))
    assert isinstance(last["by_earlier_run"], int)
    assert before <= last["by_earlier_run"] < long_file
    assert last == undisturbed | {"rejects": "killed.csv", "by_earlier_run": last["by_earlier_run"]}
    assert stored(database) == stored(other_database)
    assert (folder / "killed.csv").read_bytes() == (folder / "calm.csv").read_bytes()
    assert {path.name for path in folder.iterdir()} == {"long.csv", "killed.csv", "calm.csv"}


def test_killed_ten_times_the_import_of_a_workbook_ends_as_if_it_never_was(
    database: str, folder: Path
) -> None:
    count = 10_000
    rows = [[f"Ivan {number}", f"i{number}@example.ru"] for number in range(count)]
    (folder / "long.xlsx").write_bytes(workbook({"A": [["name", "email"], *rows]}))
    chance = random.Random(2)  # noqa: S311 — не тайна, а повторимость
    for moment in sorted(chance.randrange(count * 3 // 4) for _ in range(10)):
        with importing(database, "long.xlsx") as process:
            eventually(lambda moment=moment: is_stored(database, moment))  # type: ignore[misc]
            process.kill()
            assert process.wait() == -signal.SIGKILL
    [(before,)] = query(database, "SELECT count(*) FROM customers")
    assert isinstance(before, int)
    last = counts(run_import(database, "long.xlsx", "--json"))
    assert (last["registered"], last["by_earlier_run"]) == (count, before)
    assert query(database, "SELECT count(*), count(DISTINCT email) FROM customers") == [
        (count, count)
    ]


def test_signal_is_heard_amid_endless_blank_lines(database: str, folder: Path) -> None:
    customers = [b"name,email\n", *(b"Ivan,ivan%d@example.ru\n" % n for n in range(3000))]
    with (folder / "blank.csv").open("wb") as file:  # не gzip: сжатая пустота отвергается сразу
        file.writelines(customers)
        file.writelines([b"\n" * 2**20] * 100)
    with importing(database, "blank.csv") as process:
        eventually(lambda: is_stored(database, 1))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert b"Error: stopped" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_cleanly_and_says_how_many_are_stored(
    database: str, folder: Path, long_file: int, number: signal.Signals
) -> None:
    with importing(database, "long.csv", "--json") as process:
        eventually(lambda: is_stored(database, 1000))
        process.send_signal(number)
        out, err = process.communicate()
    document = json.loads(out)
    assert process.returncode == 128 + number
    assert query(database, "SELECT count(*) FROM customers") == [(document["registered"],)]
    assert (document["complete"], document["rejects"]) == (False, None)
    assert err.decode().splitlines() == [
        "finishing what was begun; the next signal stops at once",
        f"Error: stopped; {document['registered']} customers of the file are stored; {AGAIN}",
    ]
    assert [path.name for path in folder.iterdir()] == ["long.csv"]
    again = counts(run_import(database, "long.csv", "--json"))
    assert (again["registered"], again["by_earlier_run"]) == (long_file, document["registered"])


@pytest.mark.usefixtures("long_file")
def test_terminal_shows_the_progress_and_nothing_of_it_remains(database: str) -> None:
    terminal, end = pty.openpty()
    with importing(database, "long.csv", stderr=end) as process:
        os.close(end)
        out, _ = process.communicate()
    shown = b""
    try:
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:
        pass  # так Linux говорит, что на другом конце никого
    finally:
        os.close(terminal)
    assert b"rows, " in shown
    assert b" %" in shown
    assert shown.rstrip().endswith(b"\x1b[2K"), shown[-200:]
    assert out.startswith(b"registered ")


def test_terminal_of_80_columns_breaks_lines_between_words(database: str, folder: Path) -> None:
    (folder / "customers.csv").write_text(
        "First Name,Last Name,E-mail Address,A column that is not imported,Another one\n"
        "Anna,Ivanova,anna@example.ru,,\nNULL,,petr@example.ru,,\n"
    )
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    with importing(database, "customers.csv", stderr=end) as process:
        os.close(end)
        assert process.wait() == 2
    shown = b""
    with suppress(OSError):  # так Linux говорит, что на другом конце никого
        while part := os.read(terminal, 65536):
            shown += part
    os.close(terminal)
    lines = click.unstyle(shown.decode()).split("\r\n")
    assert max(map(len, lines)) <= 80
    assert lines[:2] == [
        "name is taken from 'First Name' + 'Last Name' (Google Contacts, Outlook,",
        "Shopify)",
    ]
    assert "Error: nothing was stored: the first rows have cells that cannot be right" in lines


def test_database_that_is_away_for_too_long_is_exit_4(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        import_customers,
        "RetryingCustomerBatches",
        partial(RetryingCustomerBatches, patience=0),
    )
    (folder / "customers.csv").write_text("name,email\nIvan,ivan@example.ru\n,\n")
    absent = "postgresql://127.0.0.1:1/none"
    done = run_import(absent, "customers.csv", CRM_AUTO_MIGRATE="false")
    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr == (
        "Error: the database has been away for too long;"
        f" 0 customers of the file are stored; {AGAIN}\n"
    )
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]


def test_database_away_at_the_start_is_exit_1(folder: Path) -> None:
    (folder / "customers.csv").write_text("name,email\nIvan,ivan@example.ru\n")
    done = run_import("postgresql://127.0.0.1:1/none", "customers.csv")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: cannot reach the database")
    assert done.stderr.count("\n") == 1


def test_row_that_the_database_refuses_is_named_by_its_line(database: str, folder: Path) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ALTER TABLE customers ADD CONSTRAINT no_ivan CHECK (name <> 'Ivan')")
    (folder / "customers.csv").write_text("name,email\nPyotr,p@example.ru\nIvan,i@example.ru\n")
    done = run_import(database, "customers.csv")
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: line 3: CheckViolation, sqlstate 23514, constraint no_ivan; 1 customers of the"
        " file are stored; the same command goes on from there\n"
    )


def test_lost_sessions_cost_nothing(database: str, folder: Path, long_file: int) -> None:
    assert folder.exists()
    with importing(database, "long.csv", "--json") as process:
        with psycopg.connect(database, autocommit=True) as admin:
            for moment in (500, 1000, 2000, 4000):
                eventually(lambda moment=moment: is_stored(database, moment))  # type: ignore[misc]
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'crm-api' AND datname = current_database()"
                )
        out, _ = process.communicate()
    document = json.loads(out)
    assert (document["registered"], document["by_earlier_run"]) == (long_file, 0)
    assert query(database, "SELECT count(*) FROM customers") == [(long_file,)]
    assert counts(run_import(database, "long.csv", "--json"))["by_earlier_run"] == long_file
