"""Командная строка на настоящем PostgreSQL: покупатель, отказы, проверка готовности."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from adapters.postgres.embedded.folders import Folders
from tests.support.crm import REGISTER, Crm
from tests.support.earlier_table import EARLIER_TABLE
from tests.support.project import ROOT
from tests.support.running_service import running_service
from tests.support.sql import execute

ABSENT = "postgresql://crm_user:topsecret@127.0.0.1:1/crm_db"


def test_register_stores_once_and_refuses_in_words(crm: Crm, empty_database: str) -> None:
    assert crm(empty_database, *REGISTER).exit_code == 0
    refused = crm(empty_database, *REGISTER)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert refused.stderr == (
        "A customer with the e-mail ivan@example.ru is already registered\n"
        "  email: This e-mail is taken\n"
    )
    assert execute(empty_database, "SELECT count(*) FROM customers") == [(1,)]


def test_repeated_command_with_a_key_prints_the_same_customer(crm: Crm, database: str) -> None:
    first, again = (crm(database, *REGISTER, "--idempotency-key=k", "--json") for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.stdout == again.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        REGISTER,
        ["migrate", "up"],
        ["migrate", "status"],
        ["migrate", "audit"],
        ["keys", "clean", "--older-than", "1"],
    ],
)
def test_absent_database_is_one_line_and_exit_1(crm: Crm, arguments: list[str]) -> None:
    refused = crm(ABSENT, *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: cannot reach the database")
    assert refused.stderr.count("\n") == 1
    assert "topsecret" not in refused.stderr


@pytest.mark.parametrize("arguments", [["migrate", "audit"], ["keys", "clean", "--older-than=1"]])
def test_absent_table_is_one_line_and_exit_1(
    crm: Crm, empty_database: str, arguments: list[str]
) -> None:
    refused = crm(empty_database, *arguments)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: PostgreSQL refused: relation ")
    assert refused.stderr.count("\n") == 1


def test_register_without_a_schema_is_one_line_and_exit_1(crm: Crm, empty_database: str) -> None:
    refused = crm(empty_database, *REGISTER, CRM_AUTO_MIGRATE="false")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: UndefinedTable, sqlstate 42P01")
    assert refused.stderr.count("\n") == 1


def findings(shown: Result) -> dict[str, tuple[bool, str]]:
    lines = map(json.loads, shown.stdout.splitlines())
    return {line["about"]: (line["ok"], line["detail"]) for line in lines}


def test_check_of_a_current_database_is_exit_0(crm: Crm, database: str) -> None:
    shown = crm(database, "check", "--json", CRM_WORKERS="2", CRM_PORT="0")
    assert shown.exit_code == 0
    found = findings(shown)
    assert found["database"][0]
    assert "PostgreSQL" in found["database"][1]
    assert found["schema"] == (True, found["schema"][1])
    assert "registrations can be stored" in found["schema"][1]
    assert found["serve"] == (True, "listens on 127.0.0.1:0, 2 workers")


def test_check_fails_where_something_else_listens(crm: Crm, database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        shown = crm(database, "check", "--json", CRM_PORT=port)
    assert shown.exit_code == 1
    is_good, detail = findings(shown)["serve"]
    assert not is_good
    assert detail.startswith(f"cannot listen on 127.0.0.1:{port}: ")


def test_check_is_content_where_this_service_listens(
    crm: Crm, database: str, tmp_path: Path
) -> None:
    with running_service(tmp_path, database_url=database) as service:
        port = service.url.rpartition(":")[2]
        shown = crm(database, "check", "--json", CRM_PORT=port)
        assert shown.exit_code == 0
        told = (True, f"this service listens on 127.0.0.1:{port} already")
        assert findings(shown)["serve"] == told
        shown = crm(database, "check", "--json", CRM_PORT=port, CRM_HOST="127.0.0.1,192.0.2.1")
        assert not findings(shown)["serve"][0]


def test_check_tells_an_address_where_serve_cannot_listen(crm: Crm, database: str) -> None:
    # Адрес из документации (RFC 5737): своим он не бывает.
    shown = crm(database, "check", "--json", CRM_HOST="192.0.2.1")
    assert shown.exit_code == 1
    is_good, detail = findings(shown)["serve"]
    assert not is_good
    assert detail.startswith("cannot listen on 192.0.2.1:3001: ")


def test_check_says_what_serve_would_do_and_does_nothing(crm: Crm, empty_database: str) -> None:
    execute(empty_database, EARLIER_TABLE)
    shown = crm(empty_database, "check", "--json")
    assert shown.exit_code == 0
    schema = findings(shown)["schema"][1]
    assert schema.endswith(
        "(adopts the table customers: try crm-api migrate up --dry-run first);"
        " serve applies it at start"
    )
    assert execute(empty_database, "SELECT to_regclass('crm_api_schema_version')") == [(None,)]


def test_check_tells_a_table_that_serve_could_not_adopt(crm: Crm, empty_database: str) -> None:
    execute(empty_database, EARLIER_TABLE)
    execute(empty_database, "ALTER TABLE customers RENAME TO people")
    execute(empty_database, "CREATE VIEW customers AS SELECT * FROM people")
    shown = crm(empty_database, "check", "--json")
    assert shown.exit_code == 1
    assert "cannot be taken over" in findings(shown)["schema"][1]


def test_check_tells_a_role_that_may_not_make_the_tables(crm: Crm, empty_database: str) -> None:
    closed = "REVOKE CREATE ON SCHEMA public FROM public"  # с PostgreSQL 15 так и есть
    execute(empty_database, closed)
    shown = crm(f"{empty_database} options='-c role=pg_read_all_data'", "check")
    assert shown.exit_code == 1
    assert "permission denied for schema public (42501)" in shown.stdout
    assert execute(empty_database, "SELECT to_regclass('customers')") == [(None,)]


def test_check_without_auto_migration_sends_to_migrate_up(crm: Crm, empty_database: str) -> None:
    shown = crm(empty_database, "check", CRM_AUTO_MIGRATE="false")
    assert shown.exit_code == 1
    assert "FAILED" in shown.stdout
    assert "run crm-api migrate up" in shown.stdout


def test_check_tells_a_database_that_cannot_store(crm: Crm, database: str) -> None:
    url = f"{database} options='-c default_transaction_read_only=on'"
    shown = crm(url, "check", "--json")
    assert shown.exit_code == 1
    found = findings(shown)
    assert found["database"][0]
    assert not found["schema"][0]
    assert "25006" in found["schema"][1]


def test_check_tells_an_absent_database_without_its_password(crm: Crm) -> None:
    shown = crm(ABSENT, "check")
    assert shown.exit_code == 1
    assert "cannot reach the database" in shown.stdout
    assert "topsecret" not in shown.output


@pytest.mark.parametrize(
    "arguments", [["settings"], ["settings", "--json"], [*REGISTER], ["report"]]
)
def test_full_disk_under_the_output_is_one_line(database: str, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "entrypoints.cli", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, "CRM_DATABASE_URL": database}
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(  # noqa: S603 — запускается свой же код
            command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        "Error: cannot print the answer: No space left on device; what the command did is done"
    )
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["import", "--help"]])
def test_full_disk_under_help_is_one_line(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "entrypoints.cli", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath}
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(  # noqa: S603 — запускается свой же код
            command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (run.returncode, run.stderr) == (1, "Error: cannot print: No space left on device\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_hinder_no_registration(database: str, closed: str) -> None:
    command = [sys.executable, "-m", "entrypoints.cli", *REGISTER]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, "CRM_DATABASE_URL": database}
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *command], env=environment, check=False
    )
    assert run.returncode == 0
    assert execute(database, "SELECT count(*) FROM customers") == [(1,)]


def test_check_of_the_embedded_server_starts_and_stops_it(crm: Crm, folders: Folders) -> None:
    data_dir = str(folders.root)
    assert crm("", *REGISTER, CRM_DATA_DIR=data_dir).exit_code == 0
    shown = crm("", "check", CRM_DATA_DIR=data_dir)
    assert shown.exit_code == 0
    assert "registrations can be stored" in shown.stdout


def test_verbose_shows_the_statements_and_no_personal_data(database: str) -> None:
    command = [sys.executable, "-m", "entrypoints.cli", "--verbose", *REGISTER]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, "CRM_DATABASE_URL": database}
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        command, env=environment, capture_output=True, text=True, check=True
    )
    assert "INSERT INTO customers" in run.stderr
    assert "ivan" not in run.stderr.lower()
    assert "ivan@example.ru" in run.stdout
