"""Предел частоты и порт для своих глазами клиента: что считается, что видно, что нет."""

from collections.abc import Iterator

import pytest
from dependency_injector import providers
from starlette.testclient import TestClient

from entrypoints.container import Container
from entrypoints.setting_values import Rate
from entrypoints.settings import Settings
from tests.support.browser_requests import PREFLIGHT, SHOP
from tests.support.customers import IVAN

PUBLIC, OPERATIONS = 3001, 3002


def client_of(container: Container, settings: Settings, port: int = PUBLIC) -> TestClient:
    container.settings.override(providers.Object(settings))
    return TestClient(container.app(), f"http://testserver:{port}")


@pytest.fixture
def limited(container: Container) -> Iterator[TestClient]:
    with client_of(container, Settings(rate_limit=Rate(2, "hour"))) as client:
        yield client


def test_too_many_registrations_are_429_that_a_browser_can_read(limited: TestClient) -> None:
    for _ in range(2):
        limited.post("/register", json=IVAN)
    answer = limited.post("/register", json=IVAN, headers={"Origin": SHOP})
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/rate_limited"
    assert answer.headers["retry-after"] == "1800"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert 'crm_registrations_total{outcome="limited"} 1.0' in limited.get("/metrics").text


def test_nothing_but_registrations_counts(limited: TestClient) -> None:
    for _ in range(5):
        limited.options("/register", headers={"Origin": SHOP, **PREFLIGHT})
        limited.get("/health")
        limited.get("/register")
        limited.post("/register", content=b"name=Ivan")
    statuses = [limited.post("/register", json=IVAN).status_code for _ in range(3)]
    assert statuses == [201, 400, 429]


def test_registrations_that_fail_count_too(limited: TestClient) -> None:
    statuses = [limited.post("/register", json={}).status_code for _ in range(3)]
    assert statuses == [422, 422, 429]


def test_there_is_no_limit_by_default(client: TestClient) -> None:
    statuses = [client.post("/register", json=IVAN).status_code for _ in range(100)]
    assert statuses == [201] + [400] * 99


INSIDE = ["/metrics", "/health/ready", "/docs", "/docs/docs.js", "/"]
OUTSIDE = ["/health", "/openapi.json", "/problems/rate_limited"]


@pytest.mark.parametrize("path", INSIDE)
def test_pages_of_the_operator_move_to_their_port(container: Container, path: str) -> None:
    settings = Settings(operations_port=OPERATIONS)
    with client_of(container, settings) as client:
        for method in ("GET", "POST"):  # и метод не выдаёт, что путь есть
            answer = client.request(method, path, headers={"Origin": SHOP})
            assert answer.status_code == 404
            assert answer.json()["type"] == "/problems/not_found"
    with client_of(container, settings, OPERATIONS) as client:
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("port", [PUBLIC, OPERATIONS])
@pytest.mark.parametrize("path", OUTSIDE)
def test_the_rest_is_on_both_ports(container: Container, path: str, port: int) -> None:
    with client_of(container, Settings(operations_port=OPERATIONS), port) as client:
        assert client.get(path).status_code == 200
        assert client.post("/register", json=IVAN).status_code == 201


@pytest.mark.parametrize("path", [*INSIDE, *OUTSIDE])
def test_without_a_port_of_its_own_all_is_on_one(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200
