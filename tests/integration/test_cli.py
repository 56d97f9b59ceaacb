"""Командная строка на настоящем PostgreSQL: схема, проверка принятых строк, старые ключи."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from adapters.postgres.embedded.folders import Folders
from adapters.postgres.old_keys import forget_keys
from entrypoints.cli import main
from tests.integration.service import ROOT
from tests.integration.test_migrations import EARLIER_TABLE, UNIQUE_INDEX

REGISTER = ["register", "--name", "Ivan", "--email", "ivan@example.ru"]
ABSENT = "postgresql://crm_user:topsecret@127.0.0.1:1/crm_db"

type Crm = Callable[..., Result]


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """Команда ``crm-api`` в пустой папке; первым аргументом — адрес базы данных."""
    monkeypatch.chdir(tmp_path)

    def run(database: str, *arguments: str, **variables: str) -> Result:
        given = {"CRM_DATABASE_URL": database, "LC_ALL": "C", **variables}
        return CliRunner().invoke(main, arguments, env=given, catch_exceptions=False)

    return run


def execute(database: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def earlier(empty_database: str) -> str:
    """База данных прежней версии сервиса, пока без покупателей."""
    execute(empty_database, EARLIER_TABLE)
    execute(empty_database, UNIQUE_INDEX)
    return empty_database


def add(database: str, **values: object) -> None:
    """Записывает покупателя мимо правил; чего не сказано, то у него верное."""
    row = {"name": "Ivan", "email": "ivan@example.ru", **values}
    columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
    statement = f"INSERT INTO customers ({columns}, registered_at) VALUES ({places}, now())"  # noqa: S608 — имена из теста
    execute(database, statement, *row.values())


def test_register_stores_once_and_refuses_in_words(crm: Crm, empty_database: str) -> None:
    assert crm(empty_database, *REGISTER).exit_code == 0
    refused = crm(empty_database, *REGISTER)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert refused.stderr == "A customer with the e-mail ivan@example.ru is already registered\n"
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


def test_status_before_and_after_up(crm: Crm, empty_database: str) -> None:
    before = crm(empty_database, "migrate", "status", "--json")
    found = json.loads(before.stdout)
    assert before.exit_code == 3
    assert (found["revision"], found["current"], found["adopts"]) == (None, False, False)
    applied = crm(empty_database, "migrate", "up")
    assert applied.exit_code == 0
    assert applied.stdout == (
        f"Applied {', '.join(found['pending'])}; the schema is at {found['needed']}.\n"
    )
    again = crm(empty_database, "migrate", "up", "--json")
    assert json.loads(again.stdout)["applied"] == []
    after = crm(empty_database, "migrate", "status")
    assert after.exit_code == 0
    assert "missing  nothing" in after.stdout


def test_status_looks_and_changes_nothing(crm: Crm, earlier: str) -> None:
    shown = crm(earlier, "migrate", "status")
    assert shown.exit_code == 3
    assert "will be adopted with its rows" in shown.stdout
    assert execute(earlier, "SELECT to_regclass('crm_api_schema_version')") == [(None,)]


@pytest.mark.parametrize("arguments", [["migrate", "up"], ["migrate", "status"], REGISTER])
def test_schema_of_a_newer_version_is_one_line_and_exit_1(
    crm: Crm, database: str, arguments: list[str]
) -> None:
    execute(database, "UPDATE crm_api_schema_version SET version_num = '9999'")
    refused = crm(database, *arguments)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: a newer version of this service made the schema")
    assert refused.stderr.count("\n") == 1


BROKEN: list[tuple[dict[str, object], str, str]] = [
    ({"name": " "}, "name", "required"),
    ({"email": "planted"}, "email", "invalid_email"),
    ({"age": 151}, "age", "out_of_range"),
    ({"phone": "1\u00072"}, "phone", "control_character"),
    ({"email": "Planted@example.ru"}, "email", "not_normal"),
]


def test_audit_lists_broken_rules_by_id_and_code(crm: Crm, earlier: str) -> None:
    add(earlier, email="good@example.ru", phone="+7 (921)")
    for number, (values, _, _) in enumerate(BROKEN):
        add(earlier, **{"email": f"{number}@example.ru", **values})
    found = crm(earlier, "migrate", "audit", "--json")
    assert found.exit_code == 3
    assert [json.loads(line) for line in found.stdout.splitlines()] == [
        {"id": number, "field": field, "code": code}
        for number, (_, field, code) in enumerate(BROKEN, 2)
    ]
    lines = crm(earlier, "migrate", "audit")
    assert lines.stdout.splitlines()[0] == "2\tname\trequired"
    assert lines.stderr == "Checked 6 customers: 5 broken rules.\n"
    assert "planted" not in (found.output + lines.output).lower()


def test_audit_names_every_broken_rule_of_a_customer(crm: Crm, earlier: str) -> None:
    add(earlier, name="", age=-1)
    found = crm(earlier, "migrate", "audit")
    assert found.stdout == "1\tname\trequired\n1\tage\tout_of_range\n"


def test_audit_of_a_wider_table_judges_what_it_finds(crm: Crm, earlier: str) -> None:
    execute(
        earlier, "ALTER TABLE customers ALTER phone TYPE bigint USING NULL, ALTER age TYPE text"
    )
    execute(earlier, "ALTER TABLE customers ALTER address TYPE text")
    add(earlier, phone=79213451948, age="33", address="x" * 256)
    found = crm(earlier, "migrate", "audit")
    assert found.stdout == "1\tage\tnot_a_whole_number\n1\taddress\ttoo_long\n1\tphone\tnot_text\n"


def test_audit_of_good_customers_is_exit_0(crm: Crm, database: str) -> None:
    crm(database, *REGISTER)
    found = crm(database, "migrate", "audit")
    assert (found.exit_code, found.stdout) == (0, "")
    assert found.stderr == "Checked 1 customers: 0 broken rules.\n"


AUDIT_PEAK = """
import resource
import sys
from entrypoints.cli import main

try:
    main(["migrate", "audit"])
except SystemExit:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def audit_peak(database: str) -> int:
    """Наибольшая память процесса, который проверял таблицу, КиБ."""
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", AUDIT_PEAK],
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "CRM_DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stderr.splitlines()[-1])


def test_audit_of_a_large_table_takes_no_more_memory(earlier: str) -> None:
    fill = (
        "INSERT INTO customers (name, email, address, registered_at)"
        " SELECT 'Ivan', n || '@example.ru', repeat('x', 250), now()"
        " FROM generate_series(%s::integer, %s::integer) AS n"
    )
    execute(earlier, fill, 1, 20_000)
    small = audit_peak(earlier)
    execute(earlier, fill, 20_001, 150_000)
    assert audit_peak(earlier) - small < 20 * 1024  # строк прибавилось на 40 МиБ


def test_old_keys_are_forgotten_and_customers_stay(crm: Crm, database: str) -> None:
    for n in range(4):
        email = f"{n}@example.ru"
        key = f"--idempotency-key=k{n}"
        crm(database, "register", "--name=Ivan", f"--email={email}", key)
    execute(
        database,
        "UPDATE idempotency_keys SET registered_at = registered_at - interval '30 days 1 hour'"
        " WHERE key IN ('k0', 'k1')",
    )
    assert crm(database, "keys", "clean", "--older-than", "31").stdout == (
        "Deleted 0 keys older than 31 days.\n"
    )
    cleaned = crm(database, "keys", "clean", "--older-than", "30", "--json")
    assert (cleaned.exit_code, cleaned.stdout) == (0, '{"deleted":2}\n')
    assert sorted(execute(database, "SELECT key FROM idempotency_keys")) == [("k2",), ("k3",)]
    assert execute(database, "SELECT count(*) FROM customers") == [(4,)]


def fill_keys(database: str, count: int) -> None:
    """Записывает ключи: каждый третий на день моложе остальных."""
    execute(
        database,
        "INSERT INTO idempotency_keys SELECT n, ''::bytea, n,"
        " CASE WHEN mod(n, 3) = 0 THEN '2026-01-02'::timestamp ELSE '2026-01-01' END"
        " FROM generate_series(1, %s::integer) AS n",
        count,
    )


def test_keys_are_forgotten_in_bounded_batches(database: str) -> None:
    fill_keys(database, 3000)
    before = datetime(2026, 1, 2, tzinfo=UTC)
    batches = list(forget_keys(database, before=before, log_sql=False, pages=5))
    assert sum(batches) == 2000
    assert len(batches) > 3
    assert max(batches) < 1000
    assert execute(database, "SELECT count(*) FROM idempotency_keys") == [(1000,)]
    later = before + timedelta(hours=1)
    assert sum(forget_keys(database, before=later, log_sql=False)) == 1000


def test_a_batch_of_forgetting_reads_its_own_pages_only(database: str) -> None:
    fill_keys(database, 20_000)
    execute(database, "ANALYZE idempotency_keys")
    plan = execute(
        database,
        "EXPLAIN DELETE FROM idempotency_keys"
        " WHERE ctid >= CAST('(0,0)' AS tid) AND ctid < CAST('(9,0)' AS tid)",
    )
    assert "Tid Range Scan" in str(plan)


def findings(shown: Result) -> dict[str, tuple[bool, str]]:
    lines = map(json.loads, shown.stdout.splitlines())
    return {line["about"]: (line["ok"], line["detail"]) for line in lines}


def test_check_of_a_current_database_is_exit_0(crm: Crm, database: str) -> None:
    shown = crm(database, "check", "--json", CRM_WORKERS="2")
    assert shown.exit_code == 0
    found = findings(shown)
    assert found["database"][0]
    assert "PostgreSQL" in found["database"][1]
    assert found["schema"] == (True, found["schema"][1])
    assert "registrations can be stored" in found["schema"][1]
    assert found["serve"] == (True, "listens on 127.0.0.1:3001, 2 workers")


def test_check_says_what_serve_would_do_and_does_nothing(crm: Crm, earlier: str) -> None:
    shown = crm(earlier, "check", "--json")
    assert shown.exit_code == 0
    schema = findings(shown)["schema"][1]
    assert "serve applies it at start; adopts the table customers with its rows" in schema
    assert execute(earlier, "SELECT to_regclass('crm_api_schema_version')") == [(None,)]


def test_check_without_auto_migration_sends_to_migrate_up(crm: Crm, empty_database: str) -> None:
    shown = crm(empty_database, "check", CRM_AUTO_MIGRATE="false")
    assert shown.exit_code == 1
    assert "FAILED" in shown.stdout
    assert "run crm-api migrate up" in shown.stdout


def test_check_tells_a_database_that_cannot_store(crm: Crm, database: str) -> None:
    url = f"{database} options='-c default_transaction_read_only=on'"
    shown = crm(url, "check", "--json")
    assert shown.exit_code == 1
    assert not findings(shown)["database"][0] or not findings(shown)["schema"][0]
    assert "25006" in shown.stdout


def test_check_tells_an_absent_database_without_its_password(crm: Crm) -> None:
    shown = crm(ABSENT, "check")
    assert shown.exit_code == 1
    assert "cannot reach the database" in shown.stdout
    assert "topsecret" not in shown.output


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
