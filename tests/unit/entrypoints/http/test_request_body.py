"""Тело ``POST /register``: какое принимается и чем отвечают на остальные."""

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
from tests.support.http_answers import JSON, assert_nothing_was_stored, broken, problem


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
