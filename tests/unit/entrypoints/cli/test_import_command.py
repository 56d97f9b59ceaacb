"""``crm-api import`` с хранилищем в памяти: счёт, отказы, ясные сообщения."""

import gzip
import json
import os
from pathlib import Path

import pytest

from domain.customer import RULES
from tests.support.customers_csv import HEADER, MIXED, refused, rejects, run

pytestmark = pytest.mark.usefixtures("folder")


_NOBODY = 65534


def test_lines_in_another_encoding_are_told_with_the_option_that_reads_them(folder: Path) -> None:
    rows = HEADER + "Иван,ivan@example.ru,33\n"
    (folder / "customers.csv").write_text(rows, encoding="windows-1251")
    told = run(None)
    assert (told.exit_code, told.stderr) == (
        2,
        (
            "Error: customers.csv is not in UTF-8;"
            " try --encoding windows-1251 ('Иван,ivan@example.ru,33')\n"
        ),
    )
    done = run(None, "--encoding", "windows-1251")
    assert (done.exit_code, done.stderr) == (0, "")


def test_lines_in_another_encoding_further_on_are_refused_and_told(folder: Path) -> None:
    ascii_rows = "".join(f"Ivan,ivan{number}@example.ru,33\n" for number in range(50_000))
    (folder / "customers.csv").write_bytes(
        (HEADER + ascii_rows + "Иван,ivan@example.ru,33\n").encode("cp1251")
    )
    told = run(None, "--json")
    assert (told.exit_code, told.stderr) == (
        3,
        "1 lines are not in utf-8; try --encoding windows-1251 ('Иван,ivan@example.ru,33')\n",
    )
    assert json.loads(told.stdout)["registered"] == 50_000


def test_rows_are_counted_and_refused_ones_kept(folder: Path) -> None:
    done = run(MIXED)
    assert (done.exit_code, done.stderr) == (3, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "registered                    3",
        "already there                 1",
        "  repeated in the file        1, lines 3",
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
            "",
            "",
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


def test_json_says_the_same() -> None:
    done = run(MIXED, "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout) == {
        "registered": 3,
        "by_earlier_run": 0,
        "already_there": 1,
        "repeated": {"rows": 1, "lines": [3]},
        "refused": 4,
        "reasons": [
            {"field": "row", "code": "wrong_number_of_cells", "rows": 2},
            {"field": "email", "code": "invalid_email", "rows": 1},
            {"field": "age", "code": "out_of_range", "rows": 1},
            {"field": "row", "code": "wrong_quoting", "rows": 1},
        ],
        "suspicious": [],
        "mended": [],
        "rejects": "customers.csv.rejects.csv",
        "already": None,
        "ignored_columns": [],
        "guessed_columns": {},
        "dry_run": False,
        "complete": True,
    }


def test_good_file_is_exit_0_and_leaves_nothing_behind(folder: Path) -> None:
    done = run(HEADER + "Ivan,ivan@example.ru,33\n\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]


def test_header_alone_is_a_file_without_customers() -> None:
    assert json.loads(run(HEADER, "--json").stdout)["registered"] == 0


def test_unknown_columns_are_named_once() -> None:
    done = run("id,name,email,note\n1,Ivan,ivan@example.ru,x\n2,Pyotr,pyotr@example.ru,y\n")
    assert (done.exit_code, done.stderr) == (0, "columns not imported: id, note\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "customers.csv is empty"),
        (b"name,phone\nIvan,1\n", "no column 'email' in the first line"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff", "customers.csv is a ZIP archive"),
        (b"x" * 10_000_000, "the first line is too long"),
        (b"\x1f\x8bnothing", "customers.csv is damaged or cut short"),
    ],
)
def test_wrong_file_is_one_line_and_exit_2(content: bytes, message: str) -> None:
    refused(run(content), message)


def test_absent_file_and_folder_are_told(folder: Path) -> None:
    refused(run(None), "cannot read customers.csv: No such file or directory")
    (folder / "customers.csv").mkdir()
    refused(run(None), "cannot read customers.csv: Is a directory")


def test_file_without_permission_is_told(folder: Path) -> None:
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


def test_damage_further_on_is_told_with_what_is_stored() -> None:
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
def test_wrong_mapping_is_exit_2(column: str) -> None:
    done = run(MIXED, "--column", column)
    assert done.exit_code == 2
    assert "is not FIELD=NAME; fields are name, email, age" in done.stderr


def test_field_told_twice_is_exit_2() -> None:
    done = run(MIXED, "--column", "email=email", "--column", "email=E-Mail")
    assert done.exit_code == 2
    assert "email is given twice: 'email' and 'E-Mail'" in done.stderr


def test_damage_in_the_beginning_stops_before_anything_is_stored(folder: Path) -> None:
    rows = "name,email,phone\nIvan,ivan@example.ru,7.92E+10\nPyotr,p@example.ru,1\n"
    done = run(rows)
    assert (done.exit_code, done.stdout) == (2, "")
    assert [line.rstrip() for line in done.stderr.splitlines()] == [
        "suspicious                1",
        "  phone: number_in_phone  1, lines 2: '7.92E+10'",
        (
            f"{'':26}a spreadsheet took the phone for a number: the plus, leading"
            " zeros or digits are lost; export phones as text"
        ),
        (
            "Error: nothing was stored: the first rows have cells that cannot be right"
            " (number_in_phone); --accept KIND imports them as they are"
        ),
    ]
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]
    accepted = run(rows, "--accept", "number_in_phone", "--json")
    assert (accepted.exit_code, json.loads(accepted.stdout)["suspicious"]) == (0, [])


def test_damage_further_on_is_counted_and_exit_3() -> None:
    rows = "".join(f"Ivan,ivan{number}@example.ru,1\n" for number in range(300))
    done = run("name,email,phone\n" + rows + "Null,null@example.ru,NULL\n", "--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["registered"]) == (3, 301)
    assert document["suspicious"] == [
        {"field": "phone", "kind": "null_word", "rows": 1, "lines": [302], "examples": ["NULL"]}
    ]


def test_dry_run_shows_the_first_rows_as_they_would_be_stored() -> None:
    rows = (
        "First Name,Last Name,E-mail,Age,Note\n"
        " Anna ,Ivanova,ANNA@Example.ru,33.0,x\nPyotr,,pyotr,,\nNULL,,n@example.ru,1,\n"
        "Dmitri,,d@example.ru,1,\n"
    )
    done = run(rows, "--dry-run")
    assert done.exit_code == 3
    assert [line.rstrip() for line in done.stderr.splitlines()] == [
        "name is taken from 'First Name' + 'Last Name' (Google Contacts, Outlook, Shopify)",
        "email is taken from 'E-mail' (Bitrix24, 1C)",
        "columns not imported: Note",
        "         column                  line 2           line 3                  line 4",
        "name     First Name + Last Name  Anna Ivanova     Pyotr                   NULL",
        "email    E-mail                  anna@example.ru  refused: invalid_email  n@example.ru",
        "age      Age                     33                                       1",
        *list(RULES)[3:],
    ]
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "would be registered     3",
        "already there           0",
        "refused                 1",
        "  email: invalid_email  1",
        "suspicious              1",
        "  name: null_word       1, lines 4: 'NULL'",
        (f"{'':24}a word that tools write for nothing; --null WORD takes it for an empty cell"),
        "mended                  1",
        "  age: whole_number     1, lines 2: '33.0'",
        "                        a whole number was written with decimals",
    ]


def test_terminal_is_told_nothing_to_do_by_a_file() -> None:
    rows = "name,email,phone,\x1b[2J\nIvan,a@b.ru,7.92E+10,\n\x1b]0;x\ufffd,b@b.ru,,\n"
    done = run(rows, "--dry-run")
    assert "\x1b" not in done.output
    assert "columns not imported: \\x1b[2J" in done.stderr
    assert "'\\x1b]0;x\ufffd'" in done.stdout
