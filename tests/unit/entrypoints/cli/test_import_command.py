"""``crm-api import`` с хранилищем в памяти: счёт, отказы, ясные сообщения."""

import json
from pathlib import Path

import pytest

from tests.support.customers_csv import HEADER, MIXED, rejects, run

pytestmark = pytest.mark.usefixtures("folder")


REJECTED = [
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


def test_rows_are_counted_and_refused_ones_kept(folder: Path) -> None:
    done = run(MIXED)
    assert (done.exit_code, done.stderr) == (3, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "registered                    3",
        "already there                 1",
        "  repeated in the file        1, line 3",
        "refused                       4, in customers.csv.rejects.csv",
        "  row: wrong_number_of_cells  2",
        "  email: invalid_email        1",
        "  age: out_of_range           1",
        "  row: wrong_quoting          1",
    ]
    assert rejects(folder) == REJECTED
    assert sorted(path.name for path in folder.iterdir()) == [
        "customers.csv",
        "customers.csv.rejects.csv",
    ]


def test_json_says_the_same() -> None:
    done = run(MIXED, "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout) == {
        "rows": 8,
        "registered": 3,
        "by_earlier_run": 0,
        "already_there": 1,
        "repeated": {"rows": 1, "lines": [3]},
        "erased": 0,
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
        "preview": [],
        "dry_run": False,
        "complete": True,
    }


def test_good_file_is_exit_0_and_leaves_nothing_behind(folder: Path) -> None:
    done = run(HEADER + "Ivan,ivan@example.ru,33\n\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]


def test_header_alone_is_a_file_without_customers() -> None:
    done = run(HEADER)
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "rows in the file  0, there is nothing below the names of the columns",
        "registered        0",
        "already there     0",
        "refused           0",
    ]
    document = json.loads(run(HEADER, "--json").stdout)
    assert (document["rows"], document["registered"], document["complete"]) == (0, 0, True)


def test_unknown_columns_are_named_once() -> None:
    done = run("id,name,email,note\n1,Ivan,ivan@example.ru,x\n2,Pyotr,pyotr@example.ru,y\n")
    assert (done.exit_code, done.stderr) == (0, "columns not imported: id, note\n")


def test_damage_in_the_beginning_stops_before_anything_is_stored(folder: Path) -> None:
    rows = "name,email,phone\nIvan,ivan@example.ru,7.92E+10\nPyotr,p@example.ru,1\n"
    done = run(rows)
    assert (done.exit_code, done.stdout) == (2, "")
    assert [line.rstrip() for line in done.stderr.splitlines()] == [
        "suspicious                1",
        "  phone: number_in_phone  1, line 2: '7.92E+10'",
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
