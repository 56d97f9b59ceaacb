"""``CRM_STRICT_FIELDS``: за неизвестные поля тела отказывают, и об этом говорит описание."""

from collections.abc import Iterator
from typing import Any

import pytest
from dependency_injector import providers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import (  # type: ignore[import-untyped]  # типов у неё нет
    Draft202012Validator,
)
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from domain.customer import RULES
from entrypoints.container import Container
from entrypoints.http.openapi.document import openapi_document
from entrypoints.settings import Settings
from tests.support.customers import IVAN
from tests.support.http_answers import assert_nothing_was_stored, broken, problem

LAX, STRICT = (openapi_document(strict_fields=strict) for strict in (False, True))
NAMES = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda name: name not in RULES)


def schemas(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]
    return found


@pytest.fixture
def strict(container: Container) -> Iterator[TestClient]:
    """Клиент сервиса, который отказывает за неизвестные поля."""
    container.settings.override(providers.Object(Settings(strict_fields=True)))
    with TestClient(container.app()) as client:
        yield client


def test_unknown_field_is_refused_and_named(strict: TestClient) -> None:
    answer = strict.post("/register", json={**IVAN, "adress": "Orsk"})
    assert answer.status_code == 422
    body = problem(answer)
    assert (body["type"], body["field"]) == ("/problems/invalid_customer", "adress")
    assert body["errors"] == [broken("adress", "unknown_field", "Такого поля нет")]
    assert "x-ignored-fields" not in answer.headers
    assert_nothing_was_stored(strict)


def test_unknown_fields_are_named_after_all_other_errors(strict: TestClient) -> None:
    sent = {"name": "Ivan", "e-mail": "ivan@example.ru", "age": 200, "имя": "Ivan"}
    answer = strict.post("/register", json=sent, headers={"Accept-Language": "en"})
    assert problem(answer)["errors"] == [
        broken("email", "required", "This field is required"),
        broken("age", "out_of_range", "Must be from 0 to 150", min=0, max=150),
        broken("e-mail", "unknown_field", "There is no such field"),
        broken("%D0%B8%D0%BC%D1%8F", "unknown_field", "There is no such field"),
    ]


def test_repeat_with_an_unknown_field_is_refused_too(strict: TestClient) -> None:
    key = {"Idempotency-Key": "one"}
    assert strict.post("/register", json=IVAN, headers=key).status_code == 201
    refused = strict.post("/register", json={**IVAN, "id": 1}, headers=key)
    assert problem(refused)["errors"] == [broken("id", "unknown_field", "Такого поля нет")]
    assert strict.post("/register", json=IVAN, headers=key).status_code == 201


@pytest.mark.parametrize("missing", [None, *sorted(set(RULES) - {"name", "email"})])
def test_known_fields_alone_are_taken(strict: TestClient, missing: str | None) -> None:
    sent = {name: value for name, value in IVAN.items() if name != missing}
    assert strict.post("/register", json=sent).status_code == 201


# Отказ ничего не записывает, и одного сервиса хватит на все примеры.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(NAMES, min_size=1, max_size=30, unique=True))
def test_any_names_make_a_refusal_that_the_document_describes(
    strict: TestClient, names: list[str]
) -> None:
    answer = strict.post("/register", json={**IVAN, **dict.fromkeys(names)})
    assert answer.status_code == 422
    schema = {"$ref": "#/components/schemas/Problem", "components": STRICT["components"]}
    Draft202012Validator(schema).validate(answer.json())
    assert len(answer.json()["errors"]) == min(len(names), 10)
    assert len(answer.content) < 8_000


def test_document_of_the_strict_service_is_the_one_it_serves(strict: TestClient) -> None:
    validate(STRICT)
    assert strict.get("/openapi.json").json() == STRICT


def test_document_says_what_the_service_does_with_unknown_fields() -> None:
    lax, strict = schemas(LAX), schemas(STRICT)
    assert "additionalProperties" not in lax["RegisterCustomer"]
    assert strict["RegisterCustomer"]["additionalProperties"] is False
    assert "X-Ignored-Fields" in str(LAX)
    assert "X-Ignored-Fields" not in str(STRICT)
    codes = [one["BrokenRule"]["properties"]["code"]["enum"] for one in (lax, strict)]
    assert codes[1] == [*codes[0], "unknown_field"]
    assert "unknown_field" not in str(LAX)
    assert lax["BrokenRule"]["properties"]["field"]["enum"] == [*RULES, "body"]
    assert "enum" not in strict["BrokenRule"]["properties"]["field"]
