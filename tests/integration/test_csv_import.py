"""``crm-api import`` на настоящем PostgreSQL: всё до строки, проба, остановка, обрыв."""

import csv
import gzip
import json
import os
import pty
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import make_conninfo

from entrypoints.cli import main
from entrypoints.csv_import import run as csv_run
from entrypoints.csv_import.persistence import PersistentCustomers
from tests.eventually import eventually
from tests.integration.messy_file import COLUMNS, Fate, Row, file_of, first_lines, messy_rows
from tests.integration.service import ROOT

STORED = f"SELECT {', '.join(COLUMNS)} FROM customers"  # noqa: S608 — имена свои
AGAIN = "the same command goes on from there"
_ENDLESS = 10_000  # знаков: такие строки проверены, а длинному файлу прибавили бы только мегабайты
type Crm = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def crm() -> Crm:
    """Команда ``crm-api import``; первым аргументом — адрес базы данных."""

    def run(database: str, *arguments: str, **variables: str) -> Result:
        given = {"CRM_DATABASE_URL": database, "LC_ALL": "C", **variables}
        return CliRunner().invoke(main, ["import", *arguments], env=given, catch_exceptions=False)

    return run


def query(database: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(statement).fetchall()


def stored(database: str) -> list[tuple[object, ...]]:
    """Все столбцы, кроме номера и времени."""
    return sorted(query(database, STORED), key=repr)


def counts(result: Result) -> dict[str, object]:
    document: dict[str, object] = json.loads(result.stdout)
    return document


def rejects(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.fixture
def messy(folder: Path) -> list[Row]:
    """1 000 строк разного качества в ``customers.csv``."""
    rows = messy_rows(1000, seed=20261125)
    (folder / "customers.csv").write_text(file_of(rows), encoding="utf-8", newline="")
    return rows


def count(rows: list[Row], fate: Fate) -> int:
    return sum(row.fate is fate for row in rows)


def check_against(rows: list[Row], document: dict[str, object], rejected: list[list[str]]) -> None:
    """Сверяет счёт и файл отказов с тем, что известно о строках."""
    assert document["registered"] == count(rows, Fate.REGISTERED)
    assert document["already_there"] == count(rows, Fate.ALREADY_THERE)
    assert document["refused"] == count(rows, Fate.REFUSED)
    expected = [
        [
            str(line),
            ", ".join(name for name, _ in row.broken),
            ", ".join(code for _, code in row.broken),
            *row.cells,
        ]
        for line, row in zip(first_lines(rows), rows, strict=True)
        if row.fate is Fate.REFUSED
    ]
    assert [
        [line, fields, codes, *cells] for line, fields, codes, _, *cells in rejected
    ] == expected


def test_thousand_messy_rows_to_the_row(
    crm: Crm, database: str, folder: Path, messy: list[Row]
) -> None:
    assert min(count(messy, fate) for fate in Fate) > 50
    done = crm(database, "customers.csv", "--json")
    assert (done.exit_code, done.stderr) == (3, "")
    check_against(messy, counts(done), rejects(folder / "customers.csv.rejects.csv"))
    expected = [row.stored for row in messy if row.fate is Fate.REGISTERED]
    assert stored(database) == sorted(expected, key=repr)


def test_dry_run_says_the_same_and_stores_nothing(
    crm: Crm, database: str, folder: Path, messy: list[Row]
) -> None:
    state = "SELECT count(*), (SELECT count(*) FROM idempotency_keys) FROM customers"
    tried = crm(database, "customers.csv", "--json", "--dry-run", "--rejects", "tried.csv")
    assert tried.exit_code == 3
    check_against(messy, counts(tried), rejects(folder / "tried.csv"))
    assert query(database, state) == [(0, 0)]
    done = crm(database, "customers.csv", "--json", "--rejects", "done.csv")
    assert counts(done) == counts(tried) | {"dry_run": False, "rejects": "done.csv"}
    assert (folder / "tried.csv").read_bytes() == (folder / "done.csv").read_bytes()
    before = query(database, state)
    again = [crm(database, "customers.csv", "--json", *how) for how in (["--dry-run"], [])]
    assert [counts(one)["by_earlier_run"] for one in again] == [count(messy, Fate.REGISTERED)] * 2
    assert query(database, state) == before


def test_dry_run_knows_those_who_are_there(crm: Crm, database: str, folder: Path) -> None:
    (folder / "old.csv").write_text("name,email\nIvan,ivan@example.ru\n")
    assert crm(database, "old.csv").exit_code == 0
    (folder / "new.csv").write_text("email,name\nIVAN@example.ru,I\na@b.ru,A\nA@B.ru,A\n")
    tried, done = (counts(crm(database, "new.csv", "--json", *how)) for how in (["--dry-run"], []))
    assert (tried["registered"], tried["already_there"]) == (1, 2)
    assert (done["registered"], done["already_there"]) == (1, 2)


def test_dry_run_makes_no_table(crm: Crm, empty_database: str, messy: list[Row]) -> None:
    tried = crm(empty_database, "customers.csv", "--json", "--dry-run")
    assert counts(tried)["registered"] == count(messy, Fate.REGISTERED)
    assert query(empty_database, "SELECT to_regclass('customers')") == [(None,)]


@pytest.mark.parametrize(
    ("forbidding", "setting"),
    [
        ("REVOKE TEMPORARY ON DATABASE {} FROM public", "role=pg_read_all_data"),
        ("SELECT", "default_transaction_read_only=on"),
    ],
)
@pytest.mark.usefixtures("messy")
def test_dry_run_without_temporary_tables_is_one_line(
    crm: Crm, database: str, forbidding: str, setting: str
) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(forbidding.format(admin.info.dbname))
    url = make_conninfo(database, options=f"-c {setting}")
    tried = crm(url, "customers.csv", "--dry-run")
    assert (tried.exit_code, tried.stdout) == (1, "")
    assert tried.stderr.startswith("Error: PostgreSQL gives no temporary table, which a dry run")
    assert tried.stderr.count("\n") == 1


ROWS = [("Пётр", "petr@example.ru", 30), ("Ёж", "ёж@пример.рф", None)]
TEXT = "name{0}email{0}age\nПётр{0}Petr@example.ru{0}30\nЁж{0}ёж@пример.рф{0}\n"


@pytest.mark.parametrize(
    ("content", "options"),
    [
        pytest.param(TEXT.format(",").encode("utf-8-sig"), [], id="with a byte-order mark"),
        pytest.param(TEXT.format(";").encode(), [], id="semicolons"),
        pytest.param(TEXT.format("\t").replace("\n", "\r\n").encode(), [], id="tabs, CRLF"),
        pytest.param(
            TEXT.format(";").encode("cp1251"), ["--encoding", "windows-1251"], id="windows-1251"
        ),
        pytest.param(gzip.compress(TEXT.format(",").encode()), [], id="gzip"),
    ],
)
@pytest.mark.parametrize("how", ["file", "redirected", "piped"])
def test_every_form_of_the_file_is_read(
    database: str, folder: Path, content: bytes, options: list[str], how: str
) -> None:
    (folder / "customers.csv").write_bytes(content)
    source = "customers.csv" if how == "file" else "-"
    command = [sys.executable, "-m", "entrypoints.cli", "import", *options, source]
    with (folder / "customers.csv").open("rb") as file:
        run = subprocess.run(  # noqa: S603 — запускается свой же код
            ["sh", "-c", 'cat | "$@"', "sh", *command] if how == "piped" else command,
            env=environment(database),
            stdin=file,
            capture_output=True,
            check=True,
        )
    assert run.stderr == b""
    assert sorted(query(database, "SELECT name, email, age FROM customers")) == sorted(ROWS)


def environment(database: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "CRM_DATABASE_URL": database,
    }


@contextmanager
def importing(
    database: str, *arguments: str, stderr: int = subprocess.PIPE
) -> Iterator["subprocess.Popen[bytes]"]:
    """Загрузка другим процессом; в конце его уже нет."""
    with subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, "-m", "entrypoints.cli", "import", *arguments],
        env=environment(database),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def long_file(folder: Path) -> int:
    """Файл ``long.csv``, который загружается секунды; возвращает, сколько в нём покупателей."""
    rows = [row for row in messy_rows(20_000, seed=7) if len(row.text) < _ENDLESS]
    (folder / "long.csv").write_text(file_of(rows), encoding="utf-8", newline="")
    return count(rows, Fate.REGISTERED)


def is_stored(database: str, wanted: int) -> bool:
    with psycopg.connect(database) as connection:
        if connection.execute("SELECT to_regclass('customers')").fetchone() == (None,):
            return False
        row = connection.execute("SELECT count(*) FROM customers").fetchone()
        return row is not None and row[0] >= wanted


def test_killed_ten_times_the_import_ends_as_if_it_never_was(
    crm: Crm, database: str, other_database: str, folder: Path, long_file: int
) -> None:
    undisturbed = counts(crm(other_database, "long.csv", "--json", "--rejects", "calm.csv"))
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
    last = counts(crm(database, "long.csv", "--json", "--rejects", "killed.csv"))
    assert isinstance(last["by_earlier_run"], int)
    assert before <= last["by_earlier_run"] < long_file
    assert last == undisturbed | {"rejects": "killed.csv", "by_earlier_run": last["by_earlier_run"]}
    assert stored(database) == stored(other_database)
    assert (folder / "killed.csv").read_bytes() == (folder / "calm.csv").read_bytes()
    assert {path.name for path in folder.iterdir()} == {"long.csv", "killed.csv", "calm.csv"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_cleanly_and_says_how_many_are_stored(
    crm: Crm, database: str, folder: Path, long_file: int, number: signal.Signals
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
    again = counts(crm(database, "long.csv", "--json"))
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


def test_database_that_is_away_for_too_long_is_exit_4(
    crm: Crm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_run, "PersistentCustomers", partial(PersistentCustomers, patience=0))
    (folder / "customers.csv").write_text("name,email\nIvan,ivan@example.ru\n,\n")
    absent = "postgresql://127.0.0.1:1/none"
    done = crm(absent, "customers.csv", CRM_AUTO_MIGRATE="false")
    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr == (
        "Error: the database has been away for too long;"
        f" 0 customers of the file are stored; {AGAIN}\n"
    )
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]


@pytest.mark.usefixtures("messy")
def test_database_away_at_the_start_is_exit_1(crm: Crm) -> None:
    done = crm("postgresql://127.0.0.1:1/none", "customers.csv")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: cannot reach the database")
    assert done.stderr.count("\n") == 1


def test_row_that_the_database_refuses_is_named_by_its_line(
    crm: Crm, database: str, folder: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ALTER TABLE customers ADD CONSTRAINT no_ivan CHECK (name <> 'Ivan')")
    (folder / "customers.csv").write_text("name,email\nPyotr,p@example.ru\nIvan,i@example.ru\n")
    done = crm(database, "customers.csv")
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: line 3: CheckViolation, sqlstate 23514, constraint no_ivan; 1 customers of the"
        " file are stored; the same command goes on from there\n"
    )


def test_lost_sessions_cost_nothing(crm: Crm, database: str, folder: Path, long_file: int) -> None:
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
    assert counts(crm(database, "long.csv", "--json"))["by_earlier_run"] == long_file
