"""Проба ``crm-api import --dry-run``: первые строки, какими они были бы записаны."""

import json

import pytest

from domain.customer import RULES
from tests.support.customers_csv import run

pytestmark = pytest.mark.usefixtures("folder")


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
        "  name: null_word       1, line 4: 'NULL'",
        (f"{'':24}a word that tools write for nothing; --null WORD takes it for an empty cell"),
        "mended                  1",
        "  age: whole_number     1, line 2: '33.0'",
        "                        a whole number was written with decimals",
    ]


def test_json_has_the_same_first_rows() -> None:
    rows = (
        "First Name,Last Name,E-mail,Age,Note,Came\n"
        "Anna,Ivanova,ANNA@Example.ru,33.0,x,2024-05-17 12:00\n,,pyotr,,,2999-01-01\n"
    )
    done = run(rows, "--dry-run", "--json", "--column=registered_at=Came", "--zone=+03:00")
    document = json.loads(done.stdout)
    assert document["ignored_columns"] == ["Note"]
    assert list(document["guessed_columns"]) == ["name", "email"]
    anna = {"name": "Anna Ivanova", "email": "anna@example.ru", "age": 33}
    nothing: dict[str, object] = dict.fromkeys(list(RULES)[2:])
    came = "2024-05-17T09:00:00.000000Z"
    assert document["preview"] == [
        {"line": 2, "stored": {**nothing, **anna, "registered_at": came}, "refused": {}},
        {
            "line": 3,
            "stored": nothing,
            "refused": {
                "name": "required",
                "email": "invalid_email",
                "registered_at": "in_the_future",
            },
        },
    ]


def test_preview_of_the_time_and_of_a_row_without_cells() -> None:
    rows = 'name,email,came\nIvan,i@b.ru,2024-05-17\n"Ivan" x,i@b.ru,\n'
    done = run(rows, "--dry-run", "--column=registered_at=came", "--zone=UTC")
    lines = [line.rstrip() for line in done.stderr.splitlines()]
    assert lines[1] == f"name           name    {'Ivan':23}  refused: wrong_quoting"
    assert lines[-1] == "registered_at  came    2024-05-17 00:00:00 UTC"


def test_json_says_what_stopped_the_import_before_it_began() -> None:
    done = run("name,email\nNULL,n@example.ru\n", "--json")
    assert done.exit_code == 2
    document = json.loads(done.stdout)
    assert (document["registered"], document["complete"]) == (0, False)
    assert [one["kind"] for one in document["suspicious"]] == ["null_word"]


def test_terminal_is_told_nothing_to_do_by_a_file() -> None:
    rows = "name,email,phone,\x1b[2J\nIvan,a@b.ru,7.92E+10,\n\x1b]0;x\ufffd,b@b.ru,,\n"
    done = run(rows, "--dry-run")
    assert "\x1b" not in done.output
    assert "columns not imported: \\x1b[2J" in done.stderr
    assert "'\\x1b]0;x\ufffd'" in done.stdout
