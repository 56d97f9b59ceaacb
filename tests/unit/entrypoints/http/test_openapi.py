"""Описание сервиса верно: оно действительно OpenAPI, границы — из домена, пути — из приложения."""

from typing import Any

import orjson
import pytest
from dependency_injector import providers
from jsonschema import (  # type: ignore[import-untyped]  # типов у неё нет
    Draft202012Validator,
    ValidationError,
)
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from domain.customer import RULES, CustomerData
from domain.events import CustomerRegistered, Source
from domain.rules import Email, Text, WholeNumber
from entrypoints.container import Container
from entrypoints.event_document import event_body
from entrypoints.http.openapi.document import openapi_document
from entrypoints.http.problems import type_uri
from entrypoints.problem_catalogue import PROBLEM_TYPES
from entrypoints.settings import Settings
from entrypoints.texts import Language, text
from tests.support.customers import IVAN, REGISTERED_AT

DOCUMENT = openapi_document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def application(container: Container) -> Starlette:
    """Приложение без слоёв вокруг него."""
    layer: Any = container.app()
    while not isinstance(layer, Starlette):
        layer = getattr(layer, "app", None) or layer._app  # noqa: SLF001 — слой не отдаёт иначе
    return layer


def test_document_is_openapi_3_1() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_document_is_served(client: TestClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert orjson.loads(answer.content) == orjson.loads(orjson.dumps(DOCUMENT))


def test_every_route_is_documented_and_nothing_else(container: Container) -> None:
    routes = {
        (route.path, method.lower())
        for route in application(container).routes
        if isinstance(route, Route) and route.include_in_schema
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert routes == {
        (path, method) for path, operations in DOCUMENT["paths"].items() for method in operations
    }


@pytest.mark.parametrize("schema", ["RegisterCustomer", "Customer"])
@pytest.mark.parametrize("field", RULES)
def test_limits_are_those_of_the_domain(schema: str, field: str) -> None:
    described = SCHEMAS[schema]["properties"][field]
    match RULES[field]:
        case Text(max_length=longest) | Email(max_length=longest):
            assert described["maxLength"] == longest
        case WholeNumber(minimum=least, maximum=most):
            assert (described["minimum"], described["maximum"]) == (least, most)
    assert described["description"]


def test_example_of_a_broken_limit_is_that_of_the_domain() -> None:
    age = RULES["age"]
    assert isinstance(age, WholeNumber)
    refusal = DOCUMENT["paths"]["/register"]["post"]["responses"]["422"]
    example = refusal["content"]["application/problem+json"]["examples"]["invalid_customer.en"]
    told = text("out_of_range", Language.EN, {"min": age.minimum, "max": age.maximum})
    assert told in [broken["detail"] for broken in example["value"]["errors"]]


@pytest.mark.parametrize(
    ("email", "status"),
    [
        ("ivan..ivanov@example.ru", 201),
        ("иван@пример.рф", 201),
        ('"ivan"@example.ru', 422),
        ("ivan@[127.0.0.1]", 422),
    ],
)
def test_email_is_taken_or_refused_as_its_description_says(
    client: TestClient, email: str, status: int
) -> None:
    answer = client.post("/register", json={**IVAN, "email": email})
    assert answer.status_code == status


def test_required_fields_are_those_of_the_domain() -> None:
    assert SCHEMAS["RegisterCustomer"]["required"] == ["name", "email"]


def test_answer_has_the_documented_fields_in_order(client: TestClient) -> None:
    example = SCHEMAS["RegisterCustomer"]["examples"][0]
    assert example == IVAN
    answer = client.post("/register", json=example)
    assert answer.json() == SCHEMAS["Customer"]["examples"][0]
    assert list(answer.json()) == list(SCHEMAS["Customer"]["properties"])


def test_every_problem_type_is_documented() -> None:
    types = SCHEMAS["Problem"]["properties"]["type"]["enum"]
    assert types == [type_uri(code) for code in PROBLEM_TYPES]


REGISTER: dict[str, Any] = DOCUMENT["paths"]["/register"]["post"]


def test_key_has_no_example_that_everybody_would_send() -> None:
    (key,) = [one for one in REGISTER["parameters"] if one["name"] == "Idempotency-Key"]
    assert {"example", "examples"}.isdisjoint(key)
    assert {"example", "examples", "default"}.isdisjoint(key["schema"])


def test_narrowed_types_are_typed_and_have_names_for_generators() -> None:
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                problem = answer.get("content", {}).get("application/problem+json")
                if problem is None:
                    continue
                narrowed = problem["schema"]["allOf"][1]
                assert (narrowed["type"], narrowed["required"]) == ("object", ["type"])
                kinds = narrowed["properties"]["type"]
                assert kinds["type"] == "string"
                names = [name.lower() for name in kinds["x-enum-varnames"]]
                assert kinds["enum"] == [type_uri(name) for name in names]


def test_first_example_is_the_likeliest_in_the_language_of_the_service() -> None:
    first = {
        status: next(iter(answer["content"]["application/problem+json"]["examples"]))
        for status, answer in REGISTER["responses"].items()
        if status != "201"
    }
    assert (first["422"], first["413"]) == ("invalid_customer.ru", "body_too_large.ru")
    assert first["400"] == "email_taken.ru"


def test_media_types_of_a_registration_have_examples() -> None:
    assert REGISTER["requestBody"]["content"]["application/json"]["example"] == IVAN
    answered = REGISTER["responses"]["201"]["content"]["application/json"]["example"]
    assert answered == SCHEMAS["Customer"]["examples"][0]


def test_id_may_be_as_large_as_javascript_reads_exactly() -> None:
    number = SCHEMAS["Customer"]["properties"]["id"]
    assert (number["maximum"], "format" in number) == (2**53 - 1, False)


def test_every_operation_has_a_description_and_needs_no_login() -> None:
    assert DOCUMENT["security"] == []
    for operations in DOCUMENT["paths"].values():
        assert all(operation["description"] for operation in operations.values())


def test_server_is_the_public_address_or_the_one_that_was_asked(container: Container) -> None:
    assert DOCUMENT["servers"] == [{"url": "/"}]
    address = "https://api.shop.example/crm"
    container.settings.override(providers.Object(Settings(public_url=address)))
    answer = TestClient(container.app()).get("/openapi.json")
    assert answer.json()["servers"] == [{"url": address}]


def test_event_is_described_as_it_is_sent() -> None:
    called = DOCUMENT["webhooks"]["customer.registered"]["post"]
    example = called["requestBody"]["content"]["application/json"]["example"]
    event = CustomerRegistered(
        customer_id=1,
        registered_at=REGISTERED_AT,
        customer=CustomerData(**IVAN),
        source=Source.REGISTRATION,
    )
    assert example == orjson.loads(event_body(event))
    schema = {"$ref": "#/components/schemas/CustomerRegistered", "components": {"schemas": SCHEMAS}}
    Draft202012Validator(schema).validate(example)
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate({**example, "data": IVAN})
    headers = {one["name"]: one["required"] for one in called["parameters"]}
    signed = dict.fromkeys(["webhook-id", "webhook-timestamp", "webhook-signature"], True)
    assert headers == {**signed, "traceparent": False}
