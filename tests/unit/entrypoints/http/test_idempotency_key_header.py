"""``Idempotency-Key`` по HTTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from entrypoints.http.idempotency_key_header import idempotency_key
from tests.support.customers import IVAN

KEY = {"Idempotency-Key": "9b2f6a1e-7c1d-4b5e-8f0a-2d3c4b5a6978"}


def test_repeat_gets_the_first_answer_byte_for_byte(client: TestClient) -> None:
    first = client.post("/register", json=IVAN, headers=KEY)
    again = client.post("/register", json=IVAN, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_quoted_and_bare_key_are_one(client: TestClient) -> None:
    client.post("/register", json=IVAN, headers={"Idempotency-Key": "k-1"})
    again = client.post("/register", json=IVAN, headers={"Idempotency-Key": '"k-1"'})
    assert again.headers["Idempotency-Replayed"] == "true"


def test_other_data_with_the_key_are_refused(client: TestClient) -> None:
    client.post("/register", json=IVAN, headers=KEY)
    answer = client.post("/register", json=IVAN | {"age": 34}, headers=KEY)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency_key_reused")
    assert KEY["Idempotency-Key"] not in answer.text


def test_refusals_are_not_remembered(client: TestClient) -> None:
    assert client.post("/register", json=IVAN | {"age": -1}, headers=KEY).status_code == 422
    answer = client.post("/register", json=IVAN, headers=KEY)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize(
    "wrong",
    ["", " ", '"', '""', '"a" "b"', "a b", '"a', 'a"', '"a";p=1', '"a\\b"', "a,b", "k" * 256],
)
def test_wrong_key_is_refused_and_stores_nothing(client: TestClient, wrong: str) -> None:
    answer = client.post("/register", json=IVAN, headers={"Idempotency-Key": wrong})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid_idempotency_key")
    assert client.post("/register", json=IVAN).status_code == 201


def test_two_keys_are_refused(client: TestClient) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = client.post("/register", json=IVAN, headers=headers)
    assert answer.json()["type"] == "/problems/invalid_idempotency_key"


def test_field_of_the_body_is_no_key(client: TestClient) -> None:
    body = IVAN | {"idempotency_key": "k"}
    assert client.post("/register", json=body).status_code == 201
    assert client.post("/register", json=body).status_code == 400


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1))
def test_structured_field_string_is_read_back(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert idempotency_key(f'"{quoted}"') == text
