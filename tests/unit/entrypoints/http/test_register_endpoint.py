"""``POST /register``: ответы на каждый вид запроса."""

import json

import orjson
import pytest
from starlette.testclient import TestClient

from domain.customer import REQUIRED_FIELDS, RULES
from tests.support.customers import IVAN
from tests.support.http_answers import assert_nothing_was_stored, broken, problem
from tests.support.markdown import blocks

# Поля Ивана стоят в порядке полей покупателя; пробелов и лишних полей в ответе нет.
ANSWER = orjson.dumps({"id": 1, **IVAN, "registered_at": "2026-02-11T13:45:00.000000Z"})


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


def test_case_alone_makes_no_other_customer_and_the_answer_keeps_the_spelling(
    client: TestClient,
) -> None:
    answer = client.post("/register", json={**IVAN, "email": "οδος@ﬁrma.gr"})
    assert (answer.status_code, answer.json()["email"]) == (201, "οδος@ﬁrma.gr")
    for spelling in ("ΟΔΟΣ@FIRMA.gr", "οδοσ@firma.gr", "οδος@ﬁrma.gr"):
        taken = client.post("/register", json={**IVAN, "email": spelling})
        assert problem(taken)["type"] == "/problems/email_taken"


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


OPTIONAL = sorted(set(RULES) - set(REQUIRED_FIELDS))


@pytest.mark.parametrize("empty", ["", "  ", "\u200b"])
def test_empty_texts_of_a_form_are_null(client: TestClient, empty: str) -> None:
    answer = client.post("/register", json={**IVAN, **dict.fromkeys(OPTIONAL, empty)})
    assert answer.status_code == 201
    assert [answer.json()[name] for name in OPTIONAL] == [None] * len(OPTIONAL)


@pytest.mark.parametrize("field", OPTIONAL)
def test_one_empty_text_leaves_the_other_fields(client: TestClient, field: str) -> None:
    answer = client.post("/register", json={**IVAN, field: ""})
    assert orjson.loads(answer.content) == {**orjson.loads(ANSWER), field: None}


def test_taken_email_is_told_at_its_field(client: TestClient) -> None:
    client.post("/register", json=IVAN)
    body = problem(client.post("/register", json=IVAN, headers={"Accept-Language": "en"}))
    assert body["field"] == "email"
    assert body["errors"] == [broken("email", "email_taken", "This e-mail is taken")]


@pytest.mark.parametrize("accepted", ["de", "kk", "be", "uk", "kk-KZ, kk;q=0.9"])
def test_speaks_english_to_those_who_ask_for_neither_language(
    client: TestClient, accepted: str
) -> None:
    answer = client.post("/register", json={}, headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == "en"
    assert problem(answer)["title"] == "Invalid customer data"
