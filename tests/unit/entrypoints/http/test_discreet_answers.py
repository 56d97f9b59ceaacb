"""``CRM_REVEAL_TAKEN=false``: по ответам не узнать, кто уже зарегистрирован."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from dependency_injector import providers
from hypothesis import event, given
from hypothesis import strategies as st
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from entrypoints.container import Container
from entrypoints.http.openapi.document import openapi_document
from entrypoints.settings import Settings
from tests.support.any_requests import REQUESTS, SETTINGS, Sent
from tests.support.customers import IVAN
from tests.support.failing_repositories import RepeatsAway
from tests.support.http_answers import problem
from tests.support.measured import NOTHING, registrations, samples
from tests.support.seen_answers import seen_of

KEY = {"Idempotency-Key": "one"}
OTHER = {**IVAN, "name": "Pyotr"}


@pytest.fixture
def discreet(container: Container) -> Iterator[TestClient]:
    """Клиент сервиса, который об исходе молчит."""
    container.settings.override(providers.Object(Settings(reveal_taken=False)))
    with TestClient(container.app()) as client:
        yield client


@given(
    requests=st.lists(REQUESTS, min_size=1, max_size=4),
    settings=SETTINGS,
    stored=st.sets(st.sampled_from(["ivan@example.ru", "anna@example.ru"]), min_size=1),
    cut=st.sampled_from([None, 40, 200]),
    has_fast_path=st.booleans(),
)
def test_whoever_is_stored_already_the_answers_are_the_same(
    *,
    requests: list[Sent],
    settings: Settings,
    stored: set[str],
    cut: int | None,
    has_fast_path: bool,
) -> None:
    """И на запросы, присланные вперёд, и на повторы, и с ключами, и обоими путями."""
    settings = evolve(settings, reveal_taken=False)
    sent = b"".join(request.encoded() for request in requests)
    portions = [sent] if cut is None else [sent[:cut], sent[cut:]]
    empty, full = (
        asyncio.run(seen_of(portions, settings, has_fast_path=has_fast_path, stored=emails))
        for emails in ((), stored)
    )
    accepted = empty.answers.count(b"HTTP/1.1 202 ")
    event(f"registrations answered: {accepted}")
    assert empty.answers == full.answers
    assert empty.measured == full.measured
    assert b" 201 " not in empty.answers


def answer(client: TestClient, sent: dict[str, Any], **headers: str) -> tuple[object, ...]:
    given = client.post("/register", json=sent, headers={"X-Request-ID": "mine", **headers})
    return given.status_code, sorted(given.headers.multi_items()), given.content


def test_every_valid_registration_is_answered_alike(discreet: TestClient) -> None:
    status, headers, content = first = answer(discreet, IVAN, **KEY)
    assert (status, content) == (202, b'{"status":"accepted"}')
    assert {name for name, _ in headers} >= {"content-type", "content-length"}  # type: ignore[attr-defined]
    assert answer(discreet, IVAN, **KEY) == first, "повтор"
    assert answer(discreet, OTHER, **KEY) == first, "ключ с другими данными"
    assert answer(discreet, IVAN) == answer(discreet, OTHER) == first, "занятый адрес"
    assert answer(discreet, {**IVAN, "email": "new@example.ru"}) == first, "свободный адрес"


def test_unknown_fields_are_named_whatever_the_outcome(discreet: TestClient) -> None:
    sent = {**IVAN, "adress": "Orsk"}
    first = answer(discreet, sent)
    assert answer(discreet, sent) == first
    assert ("x-ignored-fields", "adress") in first[1]  # type: ignore[operator]


@pytest.mark.parametrize("is_taken", [False, True])
def test_broken_rules_are_told_as_ever(discreet: TestClient, *, is_taken: bool) -> None:
    if is_taken:
        discreet.post("/register", json=IVAN)
    refused = discreet.post("/register", json={**IVAN, "age": 200})
    assert (refused.status_code, problem(refused)["field"]) == (422, "age")
    wrong_key = discreet.post("/register", json=IVAN, headers={"Idempotency-Key": "a b"})
    assert problem(wrong_key)["type"] == "/problems/invalid_idempotency_key"


def test_other_methods_are_told_as_ever(discreet: TestClient) -> None:
    for method in ("GET", "HEAD", "DELETE"):
        refused = discreet.request(method, "/register")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_service_that_cannot_tell_of_a_taken_address_refuses_a_free_one_too(
    container: Container,
) -> None:
    container.settings.override(providers.Object(Settings(reveal_taken=False)))
    container.customers.override(providers.Singleton(RepeatsAway))
    with TestClient(container.app()) as client:
        first = answer(client, IVAN)
        assert first[0] == 503
        assert answer(client, IVAN) == answer(client, OTHER) == first


def test_outcomes_are_counted_though_the_answers_are_alike(discreet: TestClient) -> None:
    assert registrations(discreet) == NOTHING
    for sent, key in ((IVAN, KEY), (IVAN, KEY), (OTHER, KEY), (IVAN, {}), ({}, {})):
        discreet.post("/register", json=sent, headers=key)
    told = NOTHING | {"registered": 2, "email_taken": 2, "invalid": 1}
    assert registrations(discreet) == told
    assert samples(discreet)["crm_replays_total",] == 1
    assert samples(discreet)["crm_refusals_total", "email_taken"] == 2
    assert not [name for name in samples(discreet) if name[0].startswith("crm_accepted")]


def test_document_says_how_a_discreet_service_answers(discreet: TestClient) -> None:
    document = openapi_document(reveal_taken=False)
    validate(document)
    assert discreet.get("/openapi.json").json() == json.loads(json.dumps(document))
    responses = document["paths"]["/register"]["post"]["responses"]
    assert not {"201"} & responses.keys()
    assert responses["202"]["content"]["application/json"]["example"] == {"status": "accepted"}
    assert "email_taken.en" not in str(responses["400"])
    for telling in ("Idempotency-Replayed", "idempotency_key_reused.en"):
        assert telling not in str(document)
    assert list(document["webhooks"]) == [
        "customer.registered",
        "customer.registration_repeated",
    ]


def test_document_of_a_revealing_service_has_no_event_of_repeats() -> None:
    document = openapi_document()
    assert list(document["webhooks"]) == ["customer.registered"]
    assert "202" not in document["paths"]["/register"]["post"]["responses"]
    assert "registration_repeated" not in str(document)
