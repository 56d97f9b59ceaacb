"""``crm-api import`` с хранилищем в памяти: счёт, отказы, ясные сообщения."""

import csv
import fcntl
import gzip
import io
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrypoints.cli import main

_NOBODY = 65534
HEADER = "name,email,age\n"
type Import = Callable[..., Result]


@pytest.fixture
def run(folder: Path) -> Import:
    """Загружает ``customers.csv`` с таким содержанием; без содержания — каким его оставили."""

    def run(content: str | bytes | None, *options: str, **variables: str) -> Result:
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            (folder / "customers.csv").write_bytes(data)
        given = {"CRM_DATABASE_URL": "memory://", "LC_ALL": "C", **variables}
        arguments = ["import", "customers.csv", *options]
        return CliRunner().invoke(main, arguments, env=given, catch_exceptions=False)

    return run


def rejects(folder: Path, name: str = "customers.csv.rejects.csv") -> list[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


MIXED = (
    HEADER + "Ivan,ivan@example.ru,33\n"
    "Ivan again,IVAN@example.ru,34\n"
    "Nobody,nobody,200\n"
    "Few,few@example.ru\n"
    'Stray "quote,stray@example.ru,1\n'
    '"Unclosed,unclosed@example.ru,1\n'
    "Pyotr,pyotr@example.ru,\n"
    "Many,many@example.ru,1,2\n"
)


def test_rows_are_counted_and_refused_ones_kept(run: Import, folder: Path) -> None:
    done = run(MIXED)
    assert (done.exit_code, done.stderr) == (3, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "registered                    3",
        "already there                 1",
        "refused                       4, in customers.csv.rejects.csv",
        "  row: wrong_number_of_cells  2",
        "  email: invalid_email        1",
        "  age: out_of_range           1",
        "  row: wrong_quoting          1",
    ]
    assert rejects(folder) == [
        ["reject_line", "reject_fields", "reject_codes", "reject_text", "name", "email", "age"],
        [
            "4",
            "email, age",
            "invalid_email, out_of_range",
            "email: Must be an e-mail address; age: Must be from 0 to 150",
            "Nobody",
            "nobody",
            "200",
        ],
        [
            "5",
            "row",
            "wrong_number_of_cells",
            "row: There are 2 cells for 3 columns",
            "Few",
            "few@example.ru",
        ],
        [
            "7",
            "row",
            "wrong_quoting",
            "row: Quotation marks are not closed or not doubled",
            '"Unclosed,unclosed@example.ru,1',
        ],
        [
            "9",
            "row",
            "wrong_number_of_cells",
            "row: There are 4 cells for 3 columns",
            "Many",
            "many@example.ru",
            "1",
            "2",
        ],
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "customers.csv",
        "customers.csv.rejects.csv",
    ]


def test_json_says_the_same(run: Import) -> None:
    done = run(MIXED, "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout) == {
        "registered": 3,
        "by_earlier_run": 0,
        "already_there": 1,
        "refused": 4,
        "reasons": [
            {"field": "row", "code": "wrong_number_of_cells", "rows": 2},
            {"field": "email", "code": "invalid_email", "rows": 1},
            {"field": "age", "code": "out_of_range", "rows": 1},
            {"field": "row", "code": "wrong_quoting", "rows": 1},
        ],
        "rejects": "customers.csv.rejects.csv",
        "ignored_columns": [],
        "dry_run": False,
        "complete": True,
    }


def test_good_file_is_exit_0_and_leaves_nothing_behind(run: Import, folder: Path) -> None:
    done = run(HEADER + "Ivan,ivan@example.ru,33\n\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]


def test_header_alone_is_a_file_without_customers(run: Import) -> None:
    assert json.loads(run(HEADER, "--json").stdout)["registered"] == 0


def test_rejects_are_in_the_language_of_the_reader(run: Import, folder: Path) -> None:
    run(HEADER + "Ivan,,\n", LC_ALL="ru_RU.UTF-8")
    assert rejects(folder)[1][3] == "email: Обязательное поле"


def test_mended_rejects_are_imported_by_the_same_command(run: Import, folder: Path) -> None:
    rows = 'Имя;e-mail;"age"\nЁж;ёж;1\nЁж;ёж@пример.рф;one\n'.encode("cp1251")
    options = ["--encoding", "windows-1251", "--column", "name=имя", "--column", "email=E-mail"]
    assert run(rows, *options, "--rejects", "wrong.csv").exit_code == 3
    mended = (folder / "wrong.csv").read_bytes().replace("ёж;1".encode("cp1251"), b"a@b.ru;1")
    done = run(mended, *options, "--json", "--rejects", "again.csv")
    counts = json.loads(done.stdout)
    assert (counts["registered"], counts["refused"]) == (1, 1)
    assert done.stderr == (
        "columns not imported: reject_line, reject_fields, reject_codes, reject_text\n"
    )
    header, row = (folder / "again.csv").read_bytes().decode("cp1251").splitlines()
    assert header.split(";")[4:] == ["Имя", "e-mail", "age"]
    assert row.split(";")[4:] == ["Ёж", "ёж@пример.рф", "one"]


@pytest.mark.parametrize("cell", ["a\rb", 'a "b" c', "a;b,c", "a\nb", " a\t", "=1+1"])
def test_rejects_keep_every_cell_as_it_was(run: Import, folder: Path, cell: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["name", "email", "age"], [cell, "nobody", "1"]])
    assert run(written.getvalue()).exit_code == 3
    assert rejects(folder)[1][4:] == [cell, "nobody", "1"]


def test_byte_order_mark_is_kept_for_the_spreadsheet(run: Import, folder: Path) -> None:
    run(b"\xef\xbb\xbf" + HEADER.encode() + b"Ivan,,\n")
    assert (
        (folder / "customers.csv.rejects.csv").read_bytes().startswith(b"\xef\xbb\xbfreject_line")
    )


def test_unknown_columns_are_named_once(run: Import) -> None:
    done = run("id,name,email,note\n1,Ivan,ivan@example.ru,x\n2,Pyotr,pyotr@example.ru,y\n")
    assert (done.exit_code, done.stderr) == (0, "columns not imported: id, note\n")


def test_earlier_rejects_are_not_lost(run: Import, folder: Path) -> None:
    run(MIXED)
    kept = folder / "customers.csv.rejects.csv"
    kept.write_text("mended by hand\n")
    run(MIXED)
    assert rejects(folder)[1][0] == "4"
    assert (folder / "customers.csv.rejects.csv.old").read_text() == "mended by hand\n"
    (folder / "customers.csv.rejects.csv.old").unlink()
    run(MIXED)
    assert not (folder / "customers.csv.rejects.csv.old").exists()


def test_rejects_are_readable_by_nobody_else(run: Import, folder: Path) -> None:
    run(MIXED)
    assert (folder / "customers.csv.rejects.csv").stat().st_mode & 0o777 == 0o600


def test_remains_of_a_killed_import_are_overwritten(run: Import, folder: Path) -> None:
    (folder / "customers.csv.rejects.csv.part").write_text("x" * 100_000)
    run(MIXED)
    assert len(rejects(folder)) == 5


def test_dry_run_writes_no_file_unless_asked(run: Import, folder: Path) -> None:
    done = run(MIXED, "--dry-run")
    assert done.exit_code == 3
    assert [line.rstrip() for line in done.stdout.splitlines()[:3]] == [
        "would be registered           3",
        "already there                 1",
        "refused                       4",
    ]
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]
    run(MIXED, "--dry-run", "--rejects", "wrong.csv")
    assert len(rejects(folder, "wrong.csv")) == 5


def refused(done: Result, message: str) -> None:
    """Проверяет, что это одна ясная строка и код 2."""
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {message}"), done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "customers.csv is empty"),
        (b"name,phone\nIvan,1\n", "no column 'email' in the first line"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff", "this is not a text file in CSV"),
        ("name,email\n".encode("utf-16"), "this is not a text file in CSV"),
        (b"x" * 10_000_000, "the first line is too long"),
        (b"\x1f\x8bnothing", "customers.csv is damaged or cut short"),
    ],
)
def test_wrong_file_is_one_line_and_exit_2(run: Import, content: bytes, message: str) -> None:
    refused(run(content), message)


def test_absent_file_and_folder_are_told(run: Import, folder: Path) -> None:
    refused(run(None), "cannot read customers.csv: No such file or directory")
    (folder / "customers.csv").mkdir()
    refused(run(None), "cannot read customers.csv: Is a directory")


def test_file_without_permission_is_told(run: Import, folder: Path) -> None:
    run(MIXED)  # всё, что команде нужно, уже загружено
    folder.chmod(0o755)
    (folder / "customers.csv").chmod(0)
    account = os.geteuid()
    try:
        if account == 0:
            os.seteuid(_NOBODY)  # root прочёл бы и это
        denied = run(None)
    finally:
        os.seteuid(account)
    refused(denied, "cannot read customers.csv: Permission denied")


def test_rejects_that_cannot_be_written_are_told_before_the_start(
    run: Import, folder: Path
) -> None:
    (folder / "taken").mkdir()
    absent = "cannot write absent/r.csv.part: No such file or directory; --rejects names another"
    refused(run(MIXED, "--rejects", "absent/r.csv"), absent)
    refused(run(MIXED, "--rejects", "taken"), "cannot write taken: it is a folder")
    itself = "cannot write customers.csv: it is the file to import"
    refused(run(MIXED, "--rejects", "./customers.csv"), itself)
    (folder / "r.csv.part").symlink_to("elsewhere")
    refused(run(MIXED, "--rejects", "r.csv"), "cannot write r.csv.part: Too many levels")


def test_second_import_of_the_same_file_at_once_is_told(run: Import, folder: Path) -> None:
    with (folder / "customers.csv.rejects.csv.part").open("w") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        refused(run(MIXED), "customers.csv.rejects.csv.part is being written by another import")


def test_damage_further_on_is_told_with_what_is_stored(run: Import) -> None:
    content = HEADER + "".join(f"Ivan,u{number}@example.ru,1\n" for number in range(20_000))
    done = run(gzip.compress(content.encode())[:-5000], "--json")
    assert done.exit_code == 2
    stored = json.loads(done.stdout)["registered"]
    assert 0 < stored < 20_000
    assert done.stderr.startswith("Error: customers.csv is damaged or cut short")
    assert done.stderr.endswith(
        f"; {stored} customers of the file are stored; the rest is lost or cannot be read\n"
    )


@pytest.mark.parametrize("column", ["mail=E-Mail", "email", "email="])
def test_wrong_mapping_is_exit_2(run: Import, column: str) -> None:
    done = run(MIXED, "--column", column)
    assert done.exit_code == 2
    assert "is not FIELD=NAME; fields are name, email, age" in done.stderr


def test_disk_that_is_full_is_one_line(run: Import, folder: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    content = HEADER + "Ivan,ivan@example.ru,1\n" + "Ivan,,\n" * 10_000
    (folder / "customers.csv").write_text(content)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        done = run(None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: cannot write the rejects: File too large; 1 customers of the file are stored;"
        " the same command goes on from there\n"
    )
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]
