"""Проба ``crm-api import --dry-run``: первые строки, какими они были бы записаны."""

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
