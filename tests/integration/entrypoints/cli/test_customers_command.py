"""``crm-api customers``: показать, выдать и стереть одного покупателя."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoints.cli.crm_api import crm_api
from tests.support.crm import Crm
from tests.support.earlier_table import NO_TIMES
from tests.support.project import ROOT
from tests.support.sql import execute

REGISTER = ("register", "--name=Иван", "--email=ivan@example.ru", "--idempotency-key=k")


@pytest.fixture
def registered(crm: Crm, database: str) -> str:
    assert crm(database, *REGISTER).exit_code == 0
    return database


@pytest.mark.parametrize("who", ["1", "Ivan@Example.RU"])
def test_shows_and_exports_all_that_is_stored(crm: Crm, registered: str, who: str) -> None:
    shown = crm(registered, "customers", "show", who)
    assert shown.exit_code == 0
    rows = [line.split(maxsplit=1) for line in shown.stdout.splitlines()]
    assert rows[:3] == [["id", "1"], ["name", "Иван"], ["email", "ivan@example.ru"]]
    assert rows[-2:] == [["idempotency_keys", "1"], ["events", "0"]]
    exported = json.loads(crm(registered, "customers", "export", who).stdout)
    stored_at = exported.pop("registered_at")
    assert stored_at.endswith("Z")
    assert exported == {
        "id": 1,
        "name": "Иван",
        "email": "ivan@example.ru",
        "age": None,
        "gender": None,
        "country": None,
        "address": None,
        "phone": None,
        "idempotency_keys": 1,
        "events": 0,
    }


@pytest.mark.parametrize("moment", NO_TIMES)
def test_customer_without_a_time_is_shown_exported_and_erased(
    crm: Crm, registered: str, moment: str | None
) -> None:
    execute(registered, "ALTER TABLE customers ALTER registered_at DROP NOT NULL")
    execute(registered, "UPDATE customers SET registered_at = %s", moment)
    assert "registered_at" not in crm(registered, "customers", "show", "1").stdout
    exported = json.loads(crm(registered, "customers", "export", "1").stdout)
    assert exported["registered_at"] is None
    assert crm(registered, "customers", "erase", "1", "--yes").exit_code == 0
    assert execute(registered, "SELECT FROM customers") == []


def test_text_of_a_stranger_does_nothing_to_the_terminal(crm: Crm, registered: str) -> None:
    execute(registered, "UPDATE customers SET address = E'\\x1b[2Jup\\nid 7'")
    assert "\\x1b[2Jup\\nid 7" in crm(registered, "customers", "show", "1").stdout


def test_shows_what_is_stored_even_if_it_reads_like_nothing(crm: Crm, registered: str) -> None:
    execute(registered, "UPDATE customers SET gender = 'None', country = 'NULL', address = ''")
    rows = [line.split() for line in crm(registered, "customers", "show", "1").stdout.splitlines()]
    assert [row for row in rows if row[0] in {"age", "gender", "country", "address"}] == [
        ["gender", "None"],
        ["country", "NULL"],
        ["address"],
    ]


@pytest.mark.parametrize("command", ["show", "export", "erase"])
def test_nobody_is_exit_code_3_without_his_address(crm: Crm, registered: str, command: str) -> None:
    done = crm(registered, "customers", command, "pyotr@example.ru")
    assert (done.exit_code, done.output) == (3, "no such customer\n")


def erase(database: str, answer: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(
        crm_api, ["customers", "erase", "1"], input=answer, env={"CRM_DATABASE_URL": database}
    )
    return done.exit_code, done.stdout, done.stderr


def test_asks_before_it_erases(registered: str) -> None:
    code, _, errors = erase(registered, "n\n")
    assert code == 3
    assert errors.endswith("Nothing is erased.\n")
    assert "importing such a file again registers him again" in errors
    assert "Erase customer 1, 1 keys and 0 events?" in errors
    assert execute(registered, "SELECT count(*) FROM customers") == [(1,)]
    code, printed, errors = erase(registered, "y\n")
    assert (code, printed) == (0, "")
    assert "Иван" not in errors
    assert "ivan" not in errors
    left = "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM idempotency_keys)"
    assert execute(registered, left) == [(0, 0)]


def test_question_that_nobody_can_answer_erases_nothing(registered: str) -> None:
    code, _, errors = erase(registered, "")
    assert code == 1
    assert errors.endswith("Error: nobody answers; --yes does it without asking\n")
    assert execute(registered, "SELECT count(*) FROM customers") == [(1,)]


def test_script_erases_without_a_question_and_keeps_an_audit_line(
    crm: Crm, registered: str
) -> None:
    done = crm(registered, "customers", "erase", "IVAN@example.ru", "--yes", "--json")
    assert (done.exit_code, done.stdout) == (
        0,
        '{"customer_id":1,"idempotency_keys":1,"events":0,"tombstone":false}\n',
    )
    line = json.loads(done.stderr)
    assert set(line) == {
        *{"time", "message", "by", "customer_id", "idempotency_keys", "events", "tombstone"},
    }
    assert (line["message"], line["customer_id"]) == ("customer erased", 1)


def test_audit_line_that_a_full_disk_refuses_is_printed(registered: str) -> None:
    command = [sys.executable, "-m", "entrypoints.cli", "customers", "erase", "1", "--yes"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, "CRM_DATABASE_URL": registered}
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(  # noqa: S603 — запускается свой же код
            command, env=environment, stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert run.returncode == 1
    line = json.loads(run.stdout)
    assert (line["message"], line["customer_id"]) == ("customer erased", 1)
    assert execute(registered, "SELECT FROM customers") == []


def test_import_leaves_out_whom_a_tombstone_names_and_he_may_come_back(
    crm: Crm, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("name,email\nIvan,ivan@example.ru\nAnna,anna@example.ru\n", encoding="utf-8")
    load = ("import", f"{file}", "--json")
    assert crm(database, *load).exit_code == 0
    erased = crm(database, "customers", "erase", "IVAN@example.ru", "--yes", "--tombstone")
    assert "Imports leave him out from now on" in erased.stderr
    assert json.loads(erased.stderr.splitlines()[0])["tombstone"] is True
    for more in ((), ("--dry-run",)):
        found = crm(database, *load, *more)
        assert found.exit_code == 0
        report = json.loads(found.stdout)
        assert (report["erased"], report["registered"]) == (1, 1)
    assert re.search(r"^erased, left out +1$", crm(database, *load[:2]).stdout, re.MULTILINE)
    assert crm(database, "register", "--name=Ivan", "--email=ivan@example.ru").exit_code == 0
    report = json.loads(crm(database, *load).stdout)
    assert (report["erased"], report["already_there"]) == (0, 1)


def test_import_that_cannot_read_the_tombstones_names_no_line(
    crm: Crm, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("name,email\nIvan,ivan@example.ru\n", encoding="utf-8")
    execute(database, "INSERT INTO tombstone_salt VALUES ('')")
    done = crm(database, "import", f"{file}")
    assert done.exit_code == 1
    assert "the table tombstone_salt has 2 rows" in done.stderr
    assert "line None" not in done.stderr


def test_memory_has_nobody_to_erase(crm: Crm) -> None:
    done = crm("memory://", "customers", "show", "1")
    assert done.exit_code == 2
    assert "there is no database" in done.output
