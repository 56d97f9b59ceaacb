"""``GET /health/ready`` без базы данных."""

import pytest
from dependency_injector import providers
from starlette.testclient import TestClient

from entrypoints.container import Container
from tests.support.failing_repositories import UnreadyRepository


def test_repository_in_memory_is_always_ready(container: Container, client: TestClient) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert not container.database().url.initialized


def test_answer_is_never_stored(client: TestClient) -> None:
    assert client.get("/health/ready").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_repository_that_cannot_store_is_503_with_retry_after(
    container: Container, method: str
) -> None:
    container.customers.override(providers.Singleton(UnreadyRepository))
    with TestClient(container.app()) as client:
        answer = client.request(method, "/health/ready")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert "10.0.0.5" not in answer.text


def test_stopping_service_is_503_but_alive(container: Container, client: TestClient) -> None:
    container.stopping().set()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not_ready")
    assert client.get("/health").status_code == 200
