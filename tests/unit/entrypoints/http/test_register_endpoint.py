"""``POST /register``: ответы на каждый вид запроса."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from domain.customer import RULES
from tests.support.customers import IVAN
from tests.support.markdown import blocks

JSON = {"Content-Type": "application/json"}
# Поля Ивана стоят в порядке полей покупателя; пробелов и лишних полей в ответе нет.
ANSWER = orjson.dumps({"id": 1, **IVAN, "registered_at": "2026-02-11T13:45:00.000000Z"})


def assert_nothing_was_stored(client: TestClient) -> None:
    assert client.post("/register", json=IVAN).json()["id"] == 1


def problem(answer: Any) -> dict[str, Any]:  # noqa: ANN401 — ответ httpx
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert isinstance(body["detail"], str)
    assert {"type", "title"} <= body.keys()
    return body


def broken(field: str, code: str, detail: str, **limits: int) -> dict[str, Any]:
    return {"field": field, "code": code, "detail": detail, "limits": limits}


def test_returns_201_with_the_customer(client: TestClient) -> None:
    answer = client.post("/register", json=IVAN)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == ANSWER


def test_absent_optionals_are_null(client: TestClient) -> None:
    answer = client.post("/register", json={"name": "Ivan", "email": "ivan@example.ru"})
    assert answer.status_code == 201
    optional = set(RULES) - {"name", "email"}
    assert {name for name, value in answer.json().items() if value is None} == optional


def test_unknown_fields_are_ignored(client: TestClient) -> None:
    answer = client.post("/register", json={**IVAN, "id": 100, "role": "admin"})
    assert answer.content == ANSWER
    assert answer.headers["x-ignored-fields"] == "id, role"


def test_unknown_fields_are_named_in_a_refusal_too(client: TestClient) -> None:
    answer = client.post("/register", json={"name": "Ivan", "e-mail": "ivan@example.ru"})
    assert (problem(answer)["field"], answer.headers["x-ignored-fields"]) == ("email", "e-mail")


def test_nothing_is_said_of_unknown_fields_where_there_are_none(client: TestClient) -> None:
    for status in (201, 400):
        answer = client.post("/register", json=IVAN)
        assert answer.status_code == status
        assert "x-ignored-fields" not in answer.headers


def test_returns_400_when_email_is_taken(client: TestClient) -> None:
    client.post("/register", json=IVAN)
    answer = client.post("/register", json={**IVAN, "email": "Ivan.Ivanov@EXAMPLE.ru"})
    assert answer.status_code == 400
    body = problem(answer)
    assert body["detail"] == "Клиент с email ivan.ivanov@example.ru уже зарегистрирован"
    assert body == json.loads(blocks("docs/http-api.md", "json")[0])


def test_returns_422_with_every_broken_rule(client: TestClient) -> None:
    answer = client.post(
        "/register", json={"name": " ", "email": 5, "age": "33", "phone": "1" * 26}
    )
    assert answer.status_code == 422
    assert problem(answer)["errors"] == [
        broken("name", "required", "Обязательное поле"),
        broken("email", "not_text", "Должно быть текстом"),
        broken("age", "not_a_whole_number", "Должно быть целым числом"),
        broken("phone", "too_long", "Не длиннее 25 знаков", max=25),
    ]
    assert "field" not in problem(answer)
    assert_nothing_was_stored(client)


def test_missing_required_fields_are_reported(client: TestClient) -> None:
    errors = problem(client.post("/register", json={}))["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [
        ("name", "required"),
        ("email", "required"),
    ]


def test_speaks_english_when_asked(client: TestClient) -> None:
    answer = client.post("/register", json={"age": 200}, headers={"Accept-Language": "en"})
    body = problem(answer)
    assert answer.headers["content-language"] == "en"
    assert "Accept-Language" in answer.headers["vary"]
    assert body["detail"] == "The customer's data break the rules"
    assert body["errors"][-1] == broken(
        "age", "out_of_range", "Must be from 0 to 150", min=0, max=150
    )


def test_field_is_named_where_all_errors_are_of_one(client: TestClient) -> None:
    assert problem(client.post("/register", json={**IVAN, "age": 200}))["field"] == "age"


def test_empty_text_of_a_form_is_no_age(client: TestClient) -> None:
    answer = client.post("/register", json={**IVAN, "age": "", "gender": ""})
    assert answer.status_code == 201
    assert (answer.json()["age"], answer.json()["gender"]) == (None, None)


def with_name(json_string: bytes) -> bytes:
    return b'{"email": "ivan@example.ru", "name": ' + json_string + b"}"


REFUSED_BODIES = {
    "NUL": with_name(rb'"I\u0000van"'),
    "raw NUL": with_name(b'"I\0van"'),
    "lone surrogate": with_name(rb'"\ud800"'),
    "NaN": orjson.dumps(IVAN).replace(b"33", b"NaN"),
    "1e999": orjson.dumps(IVAN).replace(b"33", b"1e999"),
    "2^64": orjson.dumps(IVAN).replace(b"33", b"18446744073709551616"),
    "float age": orjson.dumps(IVAN).replace(b"33", b"33.0"),
    "5 000 brackets": b"[" * 5000 + b"]" * 5000,
    "2 000 braces": b'{"a":' * 2000 + b"1" + b"}" * 2000,
    "byte-order mark": b"\xef\xbb\xbf" + orjson.dumps(IVAN),
    "UTF-16": orjson.dumps(IVAN).decode().encode("utf-16"),
    "bad UTF-8": with_name(b'"\xff"'),
    "overlong UTF-8": with_name(b'"\xc0\xaf"'),
    "empty": b"",
    "white space": b" \n",
    "null": b"null",
    "array": b"[]",
    "array of customers": b"[" + orjson.dumps(IVAN) + b"]",
    "text": b'"Ivan"',
    "number": b"5",
    "true": b"true",
    "form": b"name=Ivan&email=ivan%40example.ru",
    "truncated": orjson.dumps(IVAN)[:-1],
    "two documents": orjson.dumps(IVAN) * 2,
    "single quotes": b"{'name': 'Ivan'}",
    "trailing comma": with_name(b'"Ivan",'),
}


@pytest.mark.parametrize("body", REFUSED_BODIES.values(), ids=REFUSED_BODIES.keys())
def test_returns_422_and_stores_nothing(client: TestClient, body: bytes) -> None:
    answer = client.post("/register", content=body, headers=JSON)
    assert answer.status_code == 422
    assert problem(answer)["errors"]
    assert_nothing_was_stored(client)


def test_malformed_json_is_named(client: TestClient) -> None:
    errors = problem(client.post("/register", content=b"{", headers=JSON))["errors"]
    assert errors == [broken("body", "malformed_json", "Тело запроса — не JSON в UTF-8")]


def test_last_of_duplicate_keys_wins(client: TestClient) -> None:
    body = b'{"name": "Pyotr", "email": "ivan@example.ru", "name": "Ivan"}'
    answer = client.post("/register", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["name"]) == (201, "Ivan")


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "APPLICATION/JSON; charset=utf-8", "application/vnd.crm+json"],
)
def test_accepts_json_media_types(client: TestClient, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    answer = client.post("/register", content=orjson.dumps(IVAN), headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonp"}],
)
def test_returns_415_for_other_media_types(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/register", content=orjson.dumps(IVAN), headers=headers)
    assert answer.status_code == 415
    problem(answer)
    assert "Content-Type" in answer.json()["detail"]
    assert_nothing_was_stored(client)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "gzip, identity"])
def test_returns_415_for_a_compressed_body(client: TestClient, encoding: str) -> None:
    headers = {**JSON, "Content-Encoding": encoding}
    answer = client.post("/register", content=gzip.compress(orjson.dumps(IVAN)), headers=headers)
    assert answer.status_code == 415
    assert answer.json()["type"] == "/problems/unsupported_content_encoding"
    assert answer.headers["Accept-Encoding"] == "identity"
    assert_nothing_was_stored(client)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_body_that_is_said_to_be_as_it_is_is_accepted(client: TestClient, encoding: str) -> None:
    headers = {**JSON, "Content-Encoding": encoding}
    answer = client.post("/register", content=orjson.dumps(IVAN), headers=headers)
    assert answer.status_code == 201


def padded(size: int) -> bytes:
    body = orjson.dumps(IVAN)
    return body + b" " * (size - len(body))


def chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


def test_accepts_16_kib(client: TestClient) -> None:
    assert client.post("/register", content=padded(16 * 1024), headers=JSON).status_code == 201


@pytest.mark.parametrize("size", [16 * 1024 + 1, 2 * 1024 * 1024])
def test_returns_413_for_a_larger_body_by_length(client: TestClient, size: int) -> None:
    answer = client.post("/register", content=padded(size), headers=JSON)
    assert answer.status_code == 413
    problem(answer)
    assert_nothing_was_stored(client)


@pytest.mark.parametrize("size", [16 * 1024 + 1, 2 * 1024 * 1024])
def test_returns_413_for_a_larger_body_in_chunks(client: TestClient, size: int) -> None:
    answer = client.post("/register", content=chunks(padded(size)), headers=JSON)
    assert answer.status_code == 413
    problem(answer)
    assert_nothing_was_stored(client)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(RULES, JSON_VALUES)))
def test_any_object_is_registered_or_refused(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post("/register", content=json.dumps(body), headers=JSON)
    assert answer.status_code in {201, 400, 413, 422}
    if answer.status_code != 201:
        problem(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(client: TestClient, body: bytes) -> None:
    assert client.post("/register", content=body, headers=JSON).status_code in {201, 400, 422}
