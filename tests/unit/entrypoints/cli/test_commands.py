"""Командная строка без базы данных: справка, настройки, покупатель в памяти."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import attrs
import pytest

from entrypoints.cli.crm_api import crm_api
from entrypoints.http.openapi.document import openapi_document
from entrypoints.settings import Settings
from entrypoints.webhook_secret import new_secret
from tests.support.crm import REGISTER, Crm
from tests.support.free_port import free_port
from tests.support.project import ROOT

SLOW_TO_IMPORT = {"alembic", "dependency_injector", "psycopg", "rich", "sqlalchemy", "starlette"}
URL = "postgresql://crm_user:topsecret@db.example:5444/crm_db?sslpassword=topsecret"


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys\n"
        "from entrypoints.cli.crm_api import crm_api\n"
        "crm_api(['--help'], standalone_mode=False)\n"
        f"print(sorted({SLOW_TO_IMPORT} & set(sys.modules)))"
    )
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[-1] == "[]"
    assert "Exit codes: 0 done" in run.stdout


def commands(group: object = crm_api, *path: str) -> list[tuple[str, ...]]:
    """Все команды с подкомандами."""
    found = [path]
    for name, command in getattr(group, "commands", {}).items():
        found += commands(command, *path, name)
    return found


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_explains_itself(crm: Crm, path: tuple[str, ...]) -> None:
    shown = crm(*path, "--help")
    assert shown.exit_code == 0
    assert "Usage:" in shown.output
    assert "None" not in shown.output
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"`{' '.join(('crm-api', *path))}" in page


@pytest.mark.parametrize(
    "arguments",
    [["regster"], ["register"], ["register", "--age", "x"], ["keys", "clean", "--older-than", "0"]],
)
def test_wrong_command_is_exit_2_and_no_traceback(crm: Crm, arguments: list[str]) -> None:
    refused = crm(*arguments)
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("arguments", [["settings"], ["check"], ["migrate", "up"], REGISTER])
def test_wrong_setting_is_one_line_and_exit_2(crm: Crm, arguments: list[str]) -> None:
    refused = crm(*arguments, CRM_PROT="1")
    assert refused.exit_code == 2
    assert refused.stderr == "Error: CRM_PROT is not a setting: did you mean CRM_PORT?\n"


def test_settings_show_all_that_the_database_url_says(crm: Crm) -> None:
    url = "postgresql://h/d?application_name=shop&connect_timeout=7"
    shown = crm("settings", "--json", CRM_DATABASE_URL=url).stdout
    assert "application_name=shop" in shown
    assert "connect_timeout=7" in shown


def test_settings_are_shown_with_sources_and_no_password(crm: Crm, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CRM_PORT=3002\n")
    (tmp_path / "crm-api.toml").write_text('host = "0.0.0.0"\n')
    shown = crm("settings", "--json", CRM_DATABASE_URL=URL)
    lines = {one["name"]: one for one in map(json.loads, shown.stdout.splitlines())}
    assert len(lines) == len(attrs.fields(Settings))
    assert lines["CRM_PORT"] == {"name": "CRM_PORT", "value": "3002", "source": ".env"}
    assert lines["CRM_HOST"]["source"] == "crm-api.toml"
    assert lines["CRM_LOG_SQL"] == {"name": "CRM_LOG_SQL", "value": "true", "source": "default"}
    url = lines["CRM_DATABASE_URL"]
    assert url["source"] == "environment"
    assert "host=db.example" in url["value"]
    assert "password=********" in url["value"]
    table = crm("settings", CRM_DATABASE_URL=URL).output
    assert "topsecret" not in shown.output + table
    assert re.search(r"^CRM_CORS_ORIGINS +\* +default *$", table, re.MULTILINE)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:topsecret@a,b/crm",
        "postgresql://u@h/d?password=topsecret",
        "host=h password='topsecret' user=u",
        "postgresql://u:t%6fpsecret@h/d",
    ],
)
def test_no_spelling_of_the_address_shows_its_password(crm: Crm, url: str) -> None:
    shown = crm("settings", CRM_DATABASE_URL=url).output
    assert "********" in shown
    assert "psecret" not in shown


def test_unset_database_is_no_value(crm: Crm) -> None:
    lines = crm("settings", "--json", CRM_DATABASE_URL="").stdout.splitlines()
    assert json.loads(lines[0]) == {
        "name": "CRM_DATABASE_URL",
        "value": None,
        "source": "default",
    }


def test_unset_database_is_told_to_be_the_embedded_one(crm: Crm, tmp_path: Path) -> None:
    table = crm("settings", CRM_DATABASE_URL="", CRM_DATA_DIR=str(tmp_path)).stdout
    line = r"^CRM_DATABASE_URL +unset: the embedded PostgreSQL in CRM_DATA_DIR +default *$"
    assert re.search(line, table, re.MULTILINE)
    assert re.search(rf"^CRM_DATA_DIR +{tmp_path} +environment *$", table, re.MULTILINE)


def test_address_that_leaves_all_to_libpq_is_not_the_embedded_database(crm: Crm) -> None:
    lines = crm("settings", "--json", CRM_DATABASE_URL="postgresql://").stdout.splitlines()
    assert json.loads(lines[0])["value"] == "postgresql://"


def test_openapi_is_the_document_of_the_service(crm: Crm) -> None:
    assert json.loads(crm("openapi").stdout) == openapi_document()
    strict = json.loads(crm("openapi", CRM_STRICT_FIELDS="true").stdout)
    assert strict == openapi_document(strict_fields=True)


def test_check_of_memory_needs_no_database(crm: Crm) -> None:
    shown = crm("check", CRM_PORT="0")
    assert shown.exit_code == 0
    assert "memory only" in shown.stdout
    assert "listens on 127.0.0.1:0, 1 worker" in shown.stdout


def test_check_refuses_what_serve_would_refuse(crm: Crm) -> None:
    refused = crm("check", CRM_WORKERS="2")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: CRM_WORKERS must be 1 with memory://")


@pytest.mark.parametrize("arguments", [["settings"], REGISTER])
def test_number_of_workers_does_not_hinder_other_commands(crm: Crm, arguments: list[str]) -> None:
    assert crm(*arguments, CRM_WORKERS="2").exit_code == 0


def test_check_tries_the_port_for_operations_too(crm: Crm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        told = crm("check", CRM_PORT="0", CRM_OPERATIONS_PORT=str(port))
    assert told.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}: " in told.stdout
    assert "set CRM_HOST and CRM_OPERATIONS_PORT" in told.stdout
    assert "for operations" in crm("check", CRM_PORT="0", CRM_OPERATIONS_PORT=str(port)).stdout


def test_ports_for_customers_and_operations_are_two(crm: Crm) -> None:
    refused = crm("check", CRM_PORT="3001", CRM_OPERATIONS_PORT="3001")
    assert refused.exit_code == 2
    assert "CRM_OPERATIONS_PORT must be another port" in refused.stderr


DISCREET = {"CRM_REVEAL_TAKEN": "false", "CRM_PORT": "0"}
TOLD = {"CRM_WEBHOOK_URL": "http://127.0.0.1:9/", "CRM_WEBHOOK_SECRET": new_secret()}
APART = {"CRM_OPERATIONS_PORT": str(free_port())}
NEEDS_SUBSCRIBER = "a subscriber to customer.registered and customer.registration_repeated"


@pytest.mark.parametrize("command", ["check", "serve"])
@pytest.mark.parametrize(
    ("others", "missing"),
    [
        ({}, [NEEDS_SUBSCRIBER, "CRM_OPERATIONS_PORT"]),
        (TOLD, ["CRM_OPERATIONS_PORT"]),
        (APART, [NEEDS_SUBSCRIBER]),
    ],
)
def test_silence_about_the_outcome_needs_somebody_who_is_told_it_and_a_port_for_operations(
    crm: Crm, command: str, others: dict[str, str], missing: list[str]
) -> None:
    refused = crm(command, **DISCREET, **others)
    assert (refused.exit_code, refused.stdout) == (2, "")
    [line] = refused.stderr.splitlines()
    assert line.startswith("Error: CRM_REVEAL_TAKEN=false needs ")
    for part in (NEEDS_SUBSCRIBER, "CRM_OPERATIONS_PORT"):
        assert (part in line) == (part in missing)


def test_subscribers_may_share_the_events_that_silence_needs(crm: Crm, folder: Path) -> None:
    table = f'url = "http://127.0.0.1:9/"\nsecret = "{new_secret()}"\n'
    tables = [
        f'[[subscribers]]\nname = "{name}"\nevents = ["customer.{name}"]\n{table}'
        for name in ("registered", "registration_repeated")
    ]
    (folder / "crm-api.toml").write_text(tables[0])
    refused = crm("check", **DISCREET, **APART)
    assert "a subscriber to customer.registration_repeated," in refused.stderr
    (folder / "crm-api.toml").write_text("\n".join(tables))
    assert crm("check", **DISCREET, **APART).exit_code == 0


@pytest.mark.parametrize("arguments", [["settings"], REGISTER])
def test_silence_does_not_hinder_other_commands(crm: Crm, arguments: list[str]) -> None:
    assert crm(*arguments, **DISCREET).exit_code == 0


def test_check_says_that_the_embedded_server_will_be_made(crm: Crm) -> None:
    absent = Path(tempfile.gettempdir()) / uuid.uuid4().hex  # tmp_path под root закрыта от сервера
    shown = crm("check", CRM_DATABASE_URL="", CRM_DATA_DIR=str(absent))
    assert shown.exit_code == 0
    assert f"the embedded PostgreSQL will be made in {absent}" in shown.stdout
    assert not absent.exists()


def test_check_says_that_the_data_folder_cannot_be_made(crm: Crm, folder: Path) -> None:
    (folder / "file").touch()
    told = crm("check", CRM_DATABASE_URL="", CRM_DATA_DIR=str(folder / "file" / "data"))
    assert told.exit_code == 1
    assert re.search(r"^database +FAILED +cannot keep data in ", told.stdout, re.MULTILINE)


@pytest.mark.parametrize("arguments", [["migrate", "status"], ["keys", "clean", "--older-than=1"]])
def test_memory_has_no_database_to_look_after(crm: Crm, arguments: list[str]) -> None:
    refused = crm(*arguments)
    assert refused.exit_code == 2
    assert refused.stderr == "Error: there is no database: CRM_DATABASE_URL is memory://\n"
