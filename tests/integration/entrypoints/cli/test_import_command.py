"""``crm-api import`` на настоящем PostgreSQL: всё до строки, проба, все виды файлов."""

import csv
import gzip
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.support.importing import counts, environment, query, run_import, stored
from tests.support.messy_file import Fate, Row, count, file_of, first_lines, messy_rows
from tests.support.workbooks import workbook


def rejects(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def unguarded(cells: Sequence[str]) -> list[str]:
    """Ячейки без заслона от таблиц."""
    return [cell.removeprefix("'") for cell in cells]


@pytest.fixture
def messy(folder: Path) -> list[Row]:
    """1 000 строк разного качества в ``customers.csv``."""
    rows = messy_rows(1000, seed=20261125)
    (folder / "customers.csv").write_text(file_of(rows), encoding="utf-8", newline="")
    return rows


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
        [line, fields, codes, *unguarded(cells)] for line, fields, codes, _, *cells in rejected
    ] == expected


def test_thousand_messy_rows_to_the_row(database: str, folder: Path, messy: list[Row]) -> None:
    assert min(count(messy, fate) for fate in Fate) > 50
    done = run_import(database, "customers.csv", "--json")
    assert (done.exit_code, done.stderr) == (3, "")
    check_against(messy, counts(done), rejects(folder / "customers.csv.rejects.csv"))
    expected = [row.stored for row in messy if row.fate is Fate.REGISTERED]
    assert stored(database) == sorted(expected, key=repr)


def test_dry_run_says_the_same_and_stores_nothing(
    database: str, folder: Path, messy: list[Row]
) -> None:
    state = "SELECT count(*), (SELECT count(*) FROM idempotency_keys) FROM customers"
    tried = run_import(database, "customers.csv", "--json", "--dry-run", "--rejects", "tried.csv")
    assert tried.exit_code == 3
    check_against(messy, counts(tried), rejects(folder / "tried.csv"))
    assert query(database, state) == [(0, 0)]
    done = run_import(database, "customers.csv", "--json", "--rejects", "done.csv")
    real = {"dry_run": False, "rejects": "done.csv", "preview": []}
    assert counts(done) == counts(tried) | real
    assert (folder / "tried.csv").read_bytes() == (folder / "done.csv").read_bytes()
    before = query(database, state)
    again = [run_import(database, "customers.csv", "--json", *how) for how in (["--dry-run"], [])]
    assert [counts(one)["by_earlier_run"] for one in again] == [count(messy, Fate.REGISTERED)] * 2
    assert query(database, state) == before


def test_dry_run_knows_those_who_are_there(database: str, folder: Path) -> None:
    (folder / "old.csv").write_text("name,email\nIvan,ivan@example.ru\n")
    assert run_import(database, "old.csv").exit_code == 0
    (folder / "new.csv").write_text("email,name\nIVAN@example.ru,I\na@b.ru,A\nA@B.ru,A\n")
    tried, done = (
        counts(run_import(database, "new.csv", "--json", *how)) for how in (["--dry-run"], [])
    )
    assert (tried["registered"], tried["already_there"]) == (1, 2)
    assert (done["registered"], done["already_there"]) == (1, 2)


def test_dry_run_makes_no_table(empty_database: str, messy: list[Row]) -> None:
    tried = run_import(empty_database, "customers.csv", "--json", "--dry-run")
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
    database: str, forbidding: str, setting: str
) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(forbidding.format(admin.info.dbname))
    url = make_conninfo(database, options=f"-c {setting}")
    tried = run_import(url, "customers.csv", "--dry-run")
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


@pytest.mark.parametrize("file", ["customers.csv", "customers.xlsx"])
def test_customers_keep_the_time_when_they_came(database: str, folder: Path, file: str) -> None:
    if file.endswith("csv"):
        text = "name,email,created\nIvan,i@b.ru,17.05.2024 12:00\nAnna,a@b.ru,\n"
        (folder / file).write_text(text)
    else:
        day = datetime(2024, 5, 17, 12)  # noqa: DTZ001 — в книге пояса нет
        rows: list[list[object]] = [
            ["name", "email", "created"],
            ["Ivan", "i@b.ru", day],
            ["Anna", "a@b.ru", None],
        ]
        (folder / file).write_bytes(workbook({"A": rows}))
    told = ("--column=registered_at=created", "--date-format=%d.%m.%Y %H:%M", "--zone=+03:00")
    before = query(database, "SELECT now() AT TIME ZONE 'utc'")[0][0]
    assert counts(run_import(database, file, *told, "--json"))["registered"] == 2
    [(_, anna), (_, ivan)] = sorted(query(database, "SELECT name, registered_at FROM customers"))
    assert ivan == datetime(2024, 5, 17, 9)  # noqa: DTZ001 — таким его хранит столбец
    assert anna > before  # type: ignore[operator]
    fresh = "SELECT count(*) FROM idempotency_keys WHERE used_at > %s::timestamp"
    with psycopg.connect(database) as connection:
        assert connection.execute(fresh, [before]).fetchone() == (2,)
    again = counts(run_import(database, file, *told, "--json"))
    assert (again["registered"], again["by_earlier_run"]) == (2, 2)
    assert counts(run_import(database, file, *told, "--json", "--dry-run"))["by_earlier_run"] == 2


def test_time_to_come_is_refused(database: str, folder: Path) -> None:
    (folder / "customers.csv").write_text("name,email,at\nIvan,i@b.ru,2999-01-01T00:00:00Z\n")
    done = run_import(database, "customers.csv", "--column=registered_at=at", "--json")
    assert done.exit_code == 3
    assert counts(done)["reasons"] == [
        {"field": "registered_at", "code": "in_the_future", "rows": 1}
    ]
