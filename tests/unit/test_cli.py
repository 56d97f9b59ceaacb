"""Командная строка без базы данных: справка, настройки, покупатель в памяти."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result
from dependency_injector import providers
from starlette.testclient import TestClient

from adapters.memory import InMemoryCustomerRepository
from application.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InvalidIdempotencyKeyError,
)
from application.register_customer import RegisterCustomerCommand
from domain.customer import NewCustomer
from domain.errors import DomainError, EmailAlreadyRegisteredError
from entrypoints.cli import main
from entrypoints.cli.register import customer_document
from entrypoints.cli.register import register as register_command
from entrypoints.container import Container
from entrypoints.http.openapi.document import openapi_document
from entrypoints.http.problems import STATUSES
from entrypoints.python import registration
from entrypoints.refusals import refusal
from entrypoints.settings import Settings
from tests.customers import IVAN, new_customer

ROOT = Path(__file__).parents[2]
SLOW_TO_IMPORT = {"alembic", "dependency_injector", "psycopg", "rich", "sqlalchemy", "starlette"}
URL = "postgresql://crm_user:topsecret@db.example:5444/crm_db?sslpassword=topsecret"
REGISTER = ["register", "--name", "Ivan", "--email"]

type Crm = Callable[..., Result]


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """Команда ``crm-api`` в пустой папке и с хранилищем в памяти, если не сказано иное."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **variables: str) -> Result:
        given = {"CRM_DATABASE_URL": "memory://", "LC_ALL": "C", **variables}
        return CliRunner().invoke(main, arguments, env=given, catch_exceptions=False)

    return run


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys\n"
        "from entrypoints.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
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


def commands(group: object = main, *path: str) -> list[tuple[str, ...]]:
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


@pytest.mark.parametrize(
    "arguments", [["settings"], ["check"], ["migrate", "up"], [*REGISTER, "a@b.ru"]]
)
def test_wrong_setting_is_one_line_and_exit_2(crm: Crm, arguments: list[str]) -> None:
    refused = crm(*arguments, CRM_PROT="1")
    assert refused.exit_code == 2
    assert refused.stderr == "Error: CRM_PROT is not a setting: did you mean CRM_PORT?\n"


def test_register_takes_every_field_of_the_command() -> None:
    options = {option.name for option in register_command.params}
    fields = {field.name for field in attrs.fields(RegisterCustomerCommand)}
    assert options - {"as_json"} == fields


def test_register_prints_the_customer(crm: Crm) -> None:
    shown = crm(*REGISTER, "Ivan@Example.RU", "--age", "33", "--address", "[bold]Orsk[/] :x:")
    assert shown.exit_code == 0
    values = dict(line.split(maxsplit=1) for line in shown.stdout.splitlines())
    assert values.pop("registered_at").strip().endswith("Z")
    assert {name: value.strip() for name, value in values.items()} == {
        "id": "1",
        "name": "Ivan",
        "email": "ivan@example.ru",
        "age": "33",
        "address": "[bold]Orsk[/] :x:",
    }


def test_json_of_a_customer_is_that_of_http(container: Container) -> None:
    with TestClient(container.app()) as client:
        body = client.post("/register", json={**IVAN, "phone": None}).json()
    container.customers.override(providers.Singleton(InMemoryCustomerRepository))
    with registration(container=container) as register:
        customer = register(**{**IVAN, "phone": None})
    assert json.dumps(customer_document(customer)) == json.dumps(body)


def test_register_prints_json_in_utf_8(crm: Crm) -> None:
    shown = crm("register", "--name", "Ёж", "--email", "a@b.ru", "--json")
    document = json.loads(shown.stdout_bytes.decode())
    assert (document["id"], document["name"], document["age"]) == (1, "Ёж", None)
    assert shown.stdout.count("\n") == 1


def test_broken_rules_are_words_and_exit_3(crm: Crm) -> None:
    refused = crm("register", "--name", " ", "--email", "a", "--age", "151")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert refused.stderr == (
        "The customer's data break the rules\n"
        "  name: This field is required\n"
        "  email: Must be an e-mail address\n"
        "  age: Must be from 0 to 150\n"
    )


@pytest.mark.parametrize("variables", [{"LC_ALL": "ru_RU.UTF-8"}, {"LC_ALL": "", "LANG": "ru_RU"}])
def test_refusal_is_in_the_language_of_the_terminal(crm: Crm, variables: dict[str, str]) -> None:
    refused = crm("register", "--name", "", "--email", "a@b.ru", **variables)
    assert refused.stderr == "Данные клиента нарушают правила\n  name: Обязательное поле\n"


def test_refusal_as_json_has_stable_codes(crm: Crm) -> None:
    refused = crm("register", "--name", "", "--email", "a@b.ru", "--json")
    assert (refused.exit_code, refused.stderr) == (3, "")
    assert json.loads(refused.stdout) == {
        "code": "invalid_customer",
        "detail": "The customer's data break the rules",
        "errors": [{"field": "name", "code": "required", "detail": "This field is required"}],
    }


def test_bytes_that_are_no_text_are_a_refusal(crm: Crm) -> None:
    refused = crm("register", "--name", os.fsdecode(b"\xff"), "--email", "a@b.ru")
    assert refused.exit_code == 3
    assert "name: Must not contain control characters" in refused.stderr


def test_malformed_key_is_a_refusal(crm: Crm) -> None:
    refused = crm(*REGISTER, "a@b.ru", "--idempotency-key", "ё")
    assert refused.exit_code == 3
    assert "Idempotency-Key" in refused.stderr


@pytest.mark.parametrize(
    "error",
    [
        EmailAlreadyRegisteredError("a@b.ru"),
        IdempotencyKeyReusedError(),
        InvalidIdempotencyKeyError(),
    ],
)
def test_code_of_a_refusal_is_that_of_http(container: Container, error: DomainError) -> None:
    class Refusing(InMemoryCustomerRepository):
        async def add(self, customer: NewCustomer, key: IdempotencyKey | None = None) -> object:  # type: ignore[override]  # только отказывает
            del customer, key
            raise error

    container.customers.override(providers.Singleton(Refusing))
    with TestClient(container.app()) as client:
        answer = client.post("/register", json=IVAN)
    assert answer.json()["type"] == f"/problems/{refusal(error).code}"
    assert refusal(error).code in STATUSES


def test_unknown_error_of_the_domain_is_not_swallowed() -> None:
    with pytest.raises(DomainError, match="new kind"):
        refusal(DomainError("new kind"))


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


def test_openapi_is_the_document_of_the_service(crm: Crm) -> None:
    assert json.loads(crm("openapi").stdout) == openapi_document()


def test_check_of_memory_needs_no_database(crm: Crm) -> None:
    shown = crm("check")
    assert shown.exit_code == 0
    assert "memory only" in shown.stdout
    assert "listens on 127.0.0.1:3001, 1 worker" in shown.stdout


def test_check_says_that_the_embedded_server_will_be_made(crm: Crm, tmp_path: Path) -> None:
    shown = crm("check", CRM_DATABASE_URL="", CRM_DATA_DIR=str(tmp_path / "data"))
    assert shown.exit_code == 0
    assert f"the embedded PostgreSQL will be made in {tmp_path}/data" in shown.stdout
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("arguments", [["migrate", "status"], ["keys", "clean", "--older-than=1"]])
def test_memory_has_no_database_to_look_after(crm: Crm, arguments: list[str]) -> None:
    refused = crm(*arguments)
    assert refused.exit_code == 2
    assert refused.stderr == "Error: there is no database: CRM_DATABASE_URL is memory://\n"


def test_customer_document_names_every_field_once() -> None:
    assert list(attrs.asdict(new_customer())) == [*IVAN, "registered_at"]
