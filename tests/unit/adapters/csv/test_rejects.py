"""Файл отвергнутого: что в нём, кому он виден и что с прежним."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.csv.cells import GUARD
from adapters.csv.opening import opened_csv
from adapters.csv.rejects import opened_rejects
from adapters.csv.rows_file import guarded
from tests.support.customers_csv import HEADER, MIXED, rejects, run

pytestmark = pytest.mark.usefixtures("folder")


def test_rejects_are_in_the_language_of_the_reader(folder: Path) -> None:
    run(HEADER + "Ivan,,\n", LC_ALL="ru_RU.UTF-8")
    assert rejects(folder)[1][3] == "email: Обязательное поле"


def test_mended_rejects_are_imported_by_the_same_command(folder: Path) -> None:
    rows = 'Имя;e-mail;"age"\nЁж;ёж;1\nЁж;ёж@пример.рф;one\n'.encode("cp1251")
    options = ["--encoding", "windows-1251", "--column", "name=имя", "--column", "email=E-mail"]
    assert run(rows, *options, "--rejects", "wrong.csv").exit_code == 3
    mended = (folder / "wrong.csv").read_bytes().replace("ёж;1".encode("cp1251"), b"a@b.ru;1")
    done = run(mended, *options, "--json", "--rejects", "again.csv")
    counts = json.loads(done.stdout)
    assert (counts["registered"], counts["refused"]) == (1, 1)
    assert done.stderr == ""
    header, row = (folder / "again.csv").read_bytes().decode("cp1251").splitlines()
    assert header.split(";")[4:] == ["Имя", "e-mail", "age"]
    assert row.split(";")[4:] == ["Ёж", "ёж@пример.рф", "one"]


@pytest.mark.parametrize("cell", ["a\rb", 'a "b" c', "a;b,c", "a\nb", " a\t", "plain"])
def test_rejects_keep_every_cell_as_it_was(folder: Path, cell: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["name", "email", "age"], [cell, "nobody", "1"]])
    assert run(written.getvalue()).exit_code == 3
    assert rejects(folder)[1][4:] == [cell, "nobody", "1"]


def test_byte_order_mark_is_kept_for_the_spreadsheet(folder: Path) -> None:
    run(b"\xef\xbb\xbf" + HEADER.encode() + b"Ivan,,\n")
    assert (
        (folder / "customers.csv.rejects.csv").read_bytes().startswith(b"\xef\xbb\xbfreject_line")
    )


def test_earlier_rejects_are_not_lost(folder: Path) -> None:
    run(MIXED)
    kept = folder / "customers.csv.rejects.csv"
    kept.write_text("mended by hand\n")
    run(MIXED)
    assert rejects(folder)[1][0] == "4"
    assert (folder / "customers.csv.rejects.csv.old").read_text() == "mended by hand\n"
    (folder / "customers.csv.rejects.csv.old").unlink()
    run(MIXED)
    assert not (folder / "customers.csv.rejects.csv.old").exists()


def test_rejects_are_readable_by_nobody_else(folder: Path) -> None:
    run(MIXED)
    assert (folder / "customers.csv.rejects.csv").stat().st_mode & 0o777 == 0o600


def test_remains_of_a_killed_import_are_overwritten(folder: Path) -> None:
    (folder / "customers.csv.rejects.csv.part").write_text("x" * 100_000)
    run(MIXED)
    assert len(rejects(folder)) == 5


def test_dry_run_writes_no_file_unless_asked(folder: Path) -> None:
    done = run(MIXED, "--dry-run")
    assert done.exit_code == 3
    assert [line.rstrip() for line in done.stdout.splitlines()[:3]] == [
        "would be registered           3",
        "already there                 1",
        "  repeated in the file        1, line 3",
    ]
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]
    run(MIXED, "--dry-run", "--rejects", "wrong.csv")
    assert len(rejects(folder, "wrong.csv")) == 5


def test_rejects_that_may_have_been_mended_are_kept_however_many_there_are(folder: Path) -> None:
    kept = folder / "customers.csv.rejects.csv"
    for number in range(3):
        kept.write_text(f"mended {number}")
        assert run(MIXED).exit_code == 3
    old = [path.read_text() for path in sorted(folder.glob("customers.csv.rejects.csv.old*"))]
    assert old == ["mended 0", "mended 1", "mended 2"]


def test_file_left_by_another_is_closed_to_others_too(folder: Path) -> None:
    (folder / "customers.csv.rejects.csv.part").touch(0o644)
    run(MIXED)
    assert (folder / "customers.csv.rejects.csv").stat().st_mode & 0o777 == 0o600


def test_rejects_that_somebody_removed_cost_no_outcome(folder: Path) -> None:
    good = HEADER + "".join(f"Ivan,ivan{number}@example.ru,1\n" for number in range(3))
    (folder / "customers.csv").write_text(good)
    with opened_csv("customers.csv") as file:
        opened = opened_rejects(folder / "r.csv", file, lambda rule: rule.code)
        with opened as rejects:
            (folder / "r.csv.part").unlink()
            assert rejects.keep() is None
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]


RISKY = [
    "=1+1", "+79213451948", "-1", "@home", "00123", "79213451948", "18/2", "1.5", "'quoted", "\tx",
]  # fmt: skip


@pytest.mark.parametrize("cell", [*RISKY, "33", "0", "Ivan", "a'b", ""])
def test_cell_that_a_spreadsheet_would_change_is_guarded_and_read_back(
    folder: Path, cell: str
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["name", "email", "phone"], ["Ivan", "nobody", cell]])
    accepted = ("--accept", "number_in_phone", "--accept", "formula")
    assert run(written.getvalue(), *accepted).exit_code == 3
    [_, row] = rejects(folder)
    assert row[4:] == ["Ivan", "nobody", f"'{cell}" if cell in RISKY else cell]
    kept = folder / "customers.csv.rejects.csv"
    mended = kept.read_text().replace("nobody", "ivan@example.ru")
    (folder / "customers.csv").write_text(mended, newline="")
    with opened_csv("customers.csv") as file:
        row_again = file.take()
    assert row_again is not None
    assert row_again.command is not None
    assert row_again.command.phone == cell


@given(st.text(st.characters(codec="utf-8")))
def test_guard_is_taken_off_as_it_was_put_on(cell: str) -> None:
    assert guarded(cell).removeprefix(GUARD) == cell


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("+7\x07 921", "phone (Tel): Has the invisible character U+0007 as character 3"),
        ("+7\n921", "phone (Tel): Has a line break as character 3: a value is one line"),
        ("+7\t921", "phone (Tel): Has a tab as character 3"),
    ],
)
def test_sign_that_nobody_sees_is_named_with_its_place(folder: Path, cell: str, text: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["name", "email", "Tel"], ["Ivan", "a@b.ru", cell]])
    assert run(written.getvalue(), "--column", "phone=Tel").exit_code == 3
    assert rejects(folder)[1][1:4] == ["phone", "control_character", text]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a\u200b@b.ru", "email: Has the invisible character U+200B as character 2"),
        ("a\xa0@b.ru", "email: Has the invisible character U+00A0 as character 2"),
        ("a @b.ru", "email: Must be an e-mail address"),
    ],
)
def test_sign_that_nobody_sees_in_an_e_mail_is_named_too(
    folder: Path, cell: str, text: str
) -> None:
    assert run(f"name,email\nIvan,{cell}\n").exit_code == 3
    assert rejects(folder)[1][1:4] == ["email", "invalid_email", text]


def test_line_that_cannot_be_read_has_as_many_cells_as_the_header(folder: Path) -> None:
    assert run(HEADER + '"Unclosed,unclosed@example.ru,1\n').exit_code == 3
    header, row = rejects(folder)
    assert row[4:] == ['"Unclosed,unclosed@example.ru,1', "", ""]
    assert len(row) == len(header)


def test_those_who_are_there_are_written_by_name_when_asked_for(folder: Path) -> None:
    done = run(MIXED, "--already", "there.csv", "--json")
    document = json.loads(done.stdout)
    assert (document["already"], document["repeated"]) == ("there.csv", {"rows": 1, "lines": [3]})
    assert rejects(folder, "there.csv") == [
        ["already_line", "customer_id", "already_where", "name", "email", "age"],
        ["3", "1", "in the file", "Ivan again", "IVAN@example.ru", "34"],
    ]


def test_two_rows_with_one_e_mail_are_told_and_exit_3() -> None:
    done = run(HEADER + "Ivan,ivan@example.ru,1\nIvan,IVAN@example.ru,1\n")
    assert done.exit_code == 3
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "registered              1",
        "already there           1",
        "  repeated in the file  1, line 3",
        "refused                 0",
    ]
