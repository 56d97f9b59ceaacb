"""``GET /metrics``: что посчитано и чего там нет."""

import json

import pytest
from dependency_injector import providers
from starlette.testclient import TestClient

from application.customer_repository import RepositoryUnavailableError
from entrypoints.container import Container
from entrypoints.problem_catalogue import PROBLEM_TYPES
from tests.support.customers import IVAN
from tests.support.failing_repositories import UnreadyRepository, failing_client
from tests.support.measured import NOTHING, registrations, samples


def test_is_prometheus_text(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_outcomes_are_there_before_the_first_registration(client: TestClient) -> None:
    assert registrations(client) == NOTHING


def test_registrations_are_counted_by_outcome(client: TestClient) -> None:
    client.post("/register", json=IVAN)
    for _ in range(2):
        client.post("/register", json=IVAN)
    for content in (b"{}", b"{", b"x" * 20_000):
        client.post("/register", content=content, headers={"Content-Type": "application/json"})
    client.get("/register")
    assert registrations(client) == NOTHING | {"registered": 1, "email_taken": 2, "invalid": 3}


def test_answers_to_a_key_used_before_are_counted_apart(client: TestClient) -> None:
    for _ in range(3):
        client.post("/register", json=IVAN, headers={"Idempotency-Key": "k-1"})
    assert samples(client)["crm_replays_total",] == 2


def refusals(client: TestClient) -> dict[str, float]:
    found = samples(client).items()
    return {name[1]: value for name, value in found if name[0] == "crm_refusals_total" and value}


def test_refusals_are_counted_by_code(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    assert refusals(client) == {}
    for _ in range(3):
        client.post("/register", content=json.dumps(IVAN), headers=headers)
    for content in (b"{}", b"{", b"x" * 20_000):
        client.post("/register", content=content, headers=headers)
    client.post("/register", content=b"{}", headers={**headers, "Idempotency-Key": ""})
    client.post("/register", content=b"{}", headers={"Content-Type": "text/plain"})
    client.get("/register")
    assert refusals(client) == {
        "email_taken": 2,
        "invalid_customer": 1,
        "invalid_body": 1,
        "body_too_large": 1,
        "invalid_idempotency_key": 1,
        "unsupported_media_type": 1,
    }


def test_refusals_are_there_before_the_first(client: TestClient) -> None:
    codes = {name[1] for name in samples(client) if name[0] == "crm_refusals_total"}
    assert codes <= PROBLEM_TYPES.keys()
    assert {"email_taken", "invalid_customer", "rate_limited", "unavailable"} <= codes


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(RepositoryUnavailableError("x"), "unavailable"), (KeyError("x"), "failed")],
)
def test_failures_are_counted_by_outcome(
    container: Container, error: Exception, outcome: str
) -> None:
    with failing_client(container, error) as client:
        client.post("/register", json=IVAN)
        assert registrations(client) == NOTHING | {outcome: 1}


def test_failure_of_another_route_is_no_failed_registration(container: Container) -> None:
    container.customers.override(providers.Singleton(UnreadyRepository))
    with TestClient(container.app()) as client:
        assert client.get("/health/ready").status_code == 503
        assert registrations(client) == NOTHING


def test_answers_not_ready_are_counted_from_zero(container: Container) -> None:
    not_ready = ("crm_http_request_duration_seconds_count", "/health/ready", "503")
    container.customers.override(providers.Singleton(UnreadyRepository))
    with TestClient(container.app()) as client:
        assert samples(client)[not_ready] == 0
        client.get("/health/ready")
        assert samples(client)[not_ready] == 1


def test_requests_are_timed_by_route_and_status(client: TestClient) -> None:
    client.post("/register?email=ivan@example.ru", json=IVAN)
    found = samples(client)
    assert found["crm_http_request_duration_seconds_count", "/register", "201"] == 1
    assert found["crm_http_request_duration_seconds_bucket", "+Inf", "/register", "201"] == 1
    assert found["crm_http_request_duration_seconds_sum", "/register", "201"] > 0


def test_unknown_paths_and_methods_are_one_series(client: TestClient) -> None:
    for number in range(20):
        client.get(f"/customers/{number}@example.ru")
        client.request("PATCH", f"/{number}")
    text = client.get("/metrics").text
    assert samples(client)["crm_http_request_duration_seconds_count", "-", "404"] == 40
    assert "example.ru" not in text


def test_nothing_personal_is_measured(client: TestClient) -> None:
    client.post("/register", json=IVAN, headers={"X-Request-ID": "planted-id"})
    text = client.get("/metrics").text
    for secret in (*(str(value) for value in IVAN.values() if value != 33), "planted-id"):
        assert secret not in text


def test_containers_do_not_share_counts(container: Container, client: TestClient) -> None:
    client.post("/register", json=IVAN)
    other = Container()
    other.settings.override(providers.Object(container.settings()))
    other.customers.override(container.customers)
    with TestClient(other.app()) as another:
        assert registrations(another) == NOTHING
