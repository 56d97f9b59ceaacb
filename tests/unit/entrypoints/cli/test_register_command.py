"""``crm-api register`` без базы данных: покупатель и отказ, словами и в JSON."""

import json
import os

import attrs
import pytest

from application.register_customer import RegisterCustomerCommand
from domain.customer import REQUIRED_FIELDS, RULES
from domain.errors import DomainError, EmailAlreadyRegisteredError, InvalidCustomerError
from entrypoints.cli.register_command import register as register_command
from entrypoints.problem_catalogue import PROBLEM_TYPES
from entrypoints.problem_error import known_problem
from entrypoints.texts import Language
from tests.support.crm import REGISTER, Crm


def test_register_takes_every_field_of_the_command_but_the_time() -> None:
    options = {option.name for option in register_command.params}
    fields = {field.name for field in attrs.fields(RegisterCustomerCommand)}
    assert options - {"as_json"} == fields - {"registered_at"}


def test_register_prints_the_customer(crm: Crm) -> None:
    shown = crm(
        "register",
        "--name=Ivan",
        "--email=Ivan@Example.RU",
        "--age",
        "33",
        "--address",
        "[bold]Orsk[/] :x:",
    )
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


def test_register_prints_json_in_utf_8(crm: Crm) -> None:
    shown = crm("register", "--name", "Ёж", "--email", "a@b.ru", "--json")
    document = json.loads(shown.stdout_bytes.decode())
    assert (document["id"], document["name"], document["age"]) == (1, "Ёж", None)
    assert shown.stdout.count("\n") == 1


@pytest.mark.parametrize("age", ["3_3", "٣٣", "+33", " 33", "33.0", "thirty"])
def test_age_is_written_in_digits(crm: Crm, age: str) -> None:
    refused = crm("register", "--name=Ivan", "--email=a@b.ru", "--age", age)
    assert refused.exit_code == 2
    assert f"{age!r} is not a whole number" in refused.stderr


@pytest.mark.parametrize("field", sorted(set(RULES) - set(REQUIRED_FIELDS)))
def test_empty_option_is_none(crm: Crm, field: str) -> None:
    shown = crm("register", "--name=Ivan", "--email=a@b.ru", f"--{field}=", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)[field]) == (0, None)


def test_option_that_no_customer_has_is_refused_and_the_likely_one_named(crm: Crm) -> None:
    refused = crm("register", "--name=Ivan", "--e-mail=a@b.ru")
    assert refused.exit_code == 2
    assert "No such option '--e-mail'" in refused.stderr.replace(":", "")
    assert "--email" in refused.stderr
    assert "Traceback" not in refused.output


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
        "errors": [
            {"field": "name", "code": "required", "detail": "This field is required", "limits": {}}
        ],
    }


def test_bytes_that_are_no_text_are_a_refusal(crm: Crm) -> None:
    refused = crm("register", "--name", os.fsdecode(b"\xff"), "--email", "a@b.ru")
    assert refused.exit_code == 3
    assert "name: Must not contain control characters" in refused.stderr


def test_malformed_key_is_a_refusal(crm: Crm) -> None:
    refused = crm(*REGISTER, "--idempotency-key", "ё")
    assert refused.exit_code == 3
    assert "Idempotency-Key" in refused.stderr


def test_error_without_a_code_has_no_words() -> None:
    assert known_problem(DomainError("new kind")) is None


@pytest.mark.parametrize("error", DomainError.__subclasses__())
def test_every_error_of_the_domain_has_a_code_and_words(error: type[DomainError]) -> None:
    needed: dict[type[DomainError], list[object]] = {
        EmailAlreadyRegisteredError: ["a@b.ru"],
        InvalidCustomerError: [[]],
    }
    given = needed.get(error, [])
    problem = known_problem(error(*given))
    assert problem
    assert problem.code in PROBLEM_TYPES
    assert problem.detail(Language.EN) != problem.detail(Language.RU)
