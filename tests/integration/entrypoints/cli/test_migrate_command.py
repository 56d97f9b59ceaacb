"""``crm-api migrate``: схема и проверка принятых строк."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from tests.support.crm import REGISTER, Crm
from tests.support.earlier_table import EARLIER_TABLE
from tests.support.project import ROOT
from tests.support.sql import execute


def add(database: str, **values: object) -> None:
    """Записывает покупателя мимо правил; чего не сказано, то у него верное."""
    row = {"name": "Ivan", "email": "ivan@example.ru", **values}
    columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
    statement = f"INSERT INTO customers ({columns}, registered_at) VALUES ({places}, now())"  # noqa: S608 — имена из теста
    execute(database, statement, *row.values())


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
    assert "adopted" not in after.stdout


def test_dry_run_of_up_changes_nothing_and_tells_what_would_stop_it(crm: Crm, earlier: str) -> None:
    add(earlier, email="Ivan@Example.ru")
    pending = json.loads(crm(earlier, "migrate", "status", "--json").stdout)["pending"]
    shown = crm(earlier, "migrate", "up", "--dry-run")
    assert (shown.exit_code, shown.stdout) == (
        0,
        f"{', '.join(pending)} can be applied; nothing was changed.\n",
    )
    document = json.loads(crm(earlier, "migrate", "up", "--dry-run", "--json").stdout)
    assert document["applied"] == []
    assert execute(earlier, "SELECT to_regclass('crm_api_schema_version')") == [(None,)]
    add(earlier)
    refused = crm(earlier, "migrate", "up", "--dry-run")
    assert refused.exit_code == 1
    assert "1, 2; nothing was changed" in refused.stderr


def test_missing_right_is_told_with_what_to_do(crm: Crm, earlier: str) -> None:
    execute(earlier, "REVOKE CREATE ON SCHEMA public FROM public")  # с PostgreSQL 15 так и есть
    url = f"{earlier} options='-c role=pg_read_all_data'"
    refused = crm(url, "migrate", "up")
    assert refused.exit_code == 1
    assert "permission denied for schema public (42501); let the owner" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_status_looks_and_changes_nothing(crm: Crm, earlier: str) -> None:
    shown = crm(earlier, "migrate", "status")
    assert shown.exit_code == 3
    assert "will be adopted with its rows" in shown.stdout
    assert execute(earlier, "SELECT to_regclass('crm_api_schema_version')") == [(None,)]


def test_table_in_use_is_not_waited_for_long_and_the_message_says_what_to_do(
    crm: Crm, earlier: str
) -> None:
    with psycopg.connect(earlier) as rival:
        rival.execute("INSERT INTO customers (name, email, registered_at) VALUES ('', '', now())")
        refused = crm(earlier, "migrate", "up")
        rival.rollback()
    assert refused.exit_code == 1
    assert "nothing was changed: another program has an open transaction" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert execute(earlier, "SELECT to_regclass('crm_api_schema_version')") == [(None,)]
    assert crm(earlier, "migrate", "up").exit_code == 0


@pytest.mark.parametrize("arguments", [["migrate", "up"], ["migrate", "status"], REGISTER])
def test_schema_of_a_newer_version_is_one_line_and_exit_1(
    crm: Crm, database: str, arguments: list[str]
) -> None:
    newer = "version_num = '9999', oldest_program = '9998', made_by = '9.8.7'"
    execute(database, f"UPDATE crm_api_schema_version SET {newer}")  # noqa: S608 — свои же слова
    refused = crm(database, *arguments)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: a newer version of this service made the schema")
    assert refused.stderr.endswith(": install 9.8.7 or newer\n")
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


def test_audit_names_customers_who_would_get_one_email_and_changes_nothing(
    crm: Crm, earlier: str
) -> None:
    emails = ["ivan@example.ru", "Ivan@example.ru", "other@example.ru", "IVAN@EXAMPLE.RU"]
    for email in emails:
        add(earlier, email=email)
    found = crm(earlier, "migrate", "audit", "--json")
    assert found.exit_code == 3
    told = [json.loads(line) for line in found.stdout.splitlines()]
    assert [one["id"] for one in told if one["code"] == "same_email"] == [1, 2, 4]
    assert execute(earlier, "SELECT email FROM customers ORDER BY id") == [(one,) for one in emails]
    assert "1, 2, 4" in crm(earlier, "migrate", "up").stderr


def test_audit_of_an_adopted_table_needs_no_right_to_write(crm: Crm, database: str) -> None:
    crm(database, *REGISTER)
    found = crm(f"{database} options='-c default_transaction_read_only=on'", "migrate", "audit")
    assert (found.exit_code, found.stdout) == (0, "")


def test_audit_goes_by_id_wherever_the_rows_lie(crm: Crm, earlier: str) -> None:
    for n in range(3):
        add(earlier, name="", email=f"{n}@example.ru")
    execute(earlier, "UPDATE customers SET age = 5 WHERE id = 1")  # новая версия строки — в конце
    found = crm(earlier, "migrate", "audit")
    assert found.stdout == "".join(f"{n}\tname\trequired\n" for n in (1, 2, 3))


def test_audit_of_a_wider_table_judges_what_it_finds(crm: Crm, earlier: str) -> None:
    execute(
        earlier, "ALTER TABLE customers ALTER phone TYPE bigint USING NULL, ALTER age TYPE text"
    )
    execute(earlier, "ALTER TABLE customers ALTER address TYPE text")
    add(earlier, phone=79213451948, age="33", address="x" * 256)
    found = crm(earlier, "migrate", "audit")
    assert found.stdout == "1\tage\tnot_a_whole_number\n1\taddress\ttoo_long\n1\tphone\tnot_text\n"


def test_audit_takes_a_column_that_is_still_missing_for_an_empty_one(
    crm: Crm, earlier: str
) -> None:
    execute(earlier, "ALTER TABLE customers DROP COLUMN phone")
    add(earlier, name="")
    found = crm(earlier, "migrate", "audit")
    assert (found.exit_code, found.stdout) == (3, "1\tname\trequired\n")


def test_audit_of_good_customers_is_exit_0(crm: Crm, database: str) -> None:
    crm(database, *REGISTER)
    found = crm(database, "migrate", "audit")
    assert (found.exit_code, found.stdout) == (0, "")
    assert found.stderr == "Checked 1 customers: 0 broken rules.\n"


PEAK = """
import resource
import sys
from entrypoints.cli.crm_api import crm_api

try:
    crm_api(["migrate", sys.argv[1]])
except SystemExit:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def peak(database: str, command: str) -> int:
    """Наибольшая память процесса, который исполнил ``crm-api migrate`` с этой командой, КиБ."""
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", PEAK, command],
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "CRM_DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stderr.splitlines()[-1])


# Каждый тысячный адрес — не в нормальной форме.
FILL = (
    "INSERT INTO customers (name, email, address, registered_at) SELECT 'Ivan',"
    " CASE mod(n, 1000) WHEN 0 THEN 'A' ELSE 'a' END || lpad(n::text, 80, '0') || '@example.ru',"
    " repeat('x', 250), now() FROM generate_series(%s::integer, %s::integer) AS n"
)


def test_audit_of_a_large_table_takes_no_more_memory(earlier: str) -> None:
    execute(earlier, FILL, 1, 20_000)
    small = peak(earlier, "audit")
    execute(earlier, FILL, 20_001, 150_000)
    assert peak(earlier, "audit") - small < 20 * 1024  # строк прибавилось на 40 МиБ


def test_large_table_is_adopted_whole_and_takes_no_more_memory(
    earlier: str, other_database: str
) -> None:
    execute(other_database, EARLIER_TABLE)
    execute(earlier, FILL, 1, 20_000)
    execute(other_database, FILL, 1, 150_000)
    more = peak(other_database, "up") - peak(earlier, "up")
    assert more < 5 * 1024  # адресов прибавилось на 12 МиБ
    left = "SELECT count(*) FROM customers WHERE email <> lower(email)"
    assert execute(other_database, left) == [(0,)]
