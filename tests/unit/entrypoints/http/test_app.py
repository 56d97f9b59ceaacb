"""Приложение целиком: маршруты, CORS, сбои."""

import logging
from collections.abc import Iterator

import pytest
from dependency_injector import providers
from starlette.testclient import TestClient

from application.customer_repository import (
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from entrypoints.container import Container
from entrypoints.settings import Settings
from tests.support.browser_requests import PREFLIGHT, SHOP
from tests.support.customers import IVAN
from tests.support.failing_repositories import failing_client


def test_health_is_200(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "healthy", "service": "CRM API"}


# Адрес с узлом: одно «//register» клиент счёл бы именем узла.
@pytest.mark.parametrize(
    "path", ["/nothing", "/register/", "/health/", "http://testserver//register", "/REGISTER"]
)
def test_wrong_path_is_404(client: TestClient, path: str) -> None:
    answer = client.post(path, json=IVAN)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Такого адреса нет"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/register", {"POST"}),
        ("DELETE", "/register", {"POST"}),
        ("OPTIONS", "/register", {"POST"}),
        ("POST", "/health", {"GET", "HEAD"}),
    ],
)
def test_wrong_method_is_405_with_allow(
    client: TestClient, method: str, path: str, allow: set[str]
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (RepositoryUnavailableError, "/problems/unavailable"),
        (RepositoryOverloadedError, "/problems/overloaded"),
    ],
)
def test_repository_that_stores_nothing_now_is_503_with_retry_after(
    container: Container, error: type[Exception], problem: str
) -> None:
    with failing_client(container, error("connection to 10.0.0.5 failed")) as client:
        answer = client.post("/register", json=IVAN)
        health = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["type"] == problem
    assert int(answer.headers["retry-after"]) > 0
    assert "10.0.0.5" not in answer.text
    assert health.status_code == 200


def test_own_fault_is_500_that_tells_nothing(
    container: Container, caplog: pytest.LogCaptureFixture
) -> None:
    with failing_client(container, KeyError("secret ivan@example.ru")) as client:
        answer = client.post("/register", json=IVAN, headers={"Origin": SHOP})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "secret" not in answer.text
    assert "KeyError" not in answer.text
    assert [record.message for record in caplog.records if record.exc_info] == ["unhandled error"]


def test_request_line_in_the_log_holds_no_data(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crm_api")
    client.post("/register?email=ivan@example.ru", json=IVAN)
    client.get("/customers/ivan@example.ru")
    lines = [record.getMessage() for record in caplog.records if record.name == "crm_api.http"]
    assert [line.split(" in ")[0] for line in lines] == ["POST /register 201", "GET - 404"]
    assert "ivan" not in caplog.text


@pytest.fixture
def listed(container: Container) -> Iterator[TestClient]:
    settings = Settings(cors_origins=(SHOP, "https://second.example"))
    container.settings.override(providers.Object(settings))
    with TestClient(container.app()) as client:
        yield client


@pytest.mark.parametrize("path", ["/register", "/nothing"])
def test_any_origin_may_read_answers_and_errors(client: TestClient, path: str) -> None:
    answer = client.post(path, json={}, headers={"Origin": SHOP})
    assert answer.status_code >= 400
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_preflight_from_any_origin(client: TestClient) -> None:
    answer = client.options("/register", headers={"Origin": SHOP, **PREFLIGHT})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "x-any"


def test_listed_origin_may_send_credentials(listed: TestClient) -> None:
    for answer in (
        listed.post("/register", json=IVAN, headers={"Origin": SHOP}),
        listed.options("/register", headers={"Origin": SHOP, **PREFLIGHT}),
    ):
        assert answer.status_code in {200, 201}
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["vary"].count("Origin") == 1


@pytest.mark.parametrize("body", [IVAN, {}])
@pytest.mark.parametrize("origin", [{}, {"Origin": SHOP}], ids=["without origin", "with origin"])
def test_answer_that_anybody_may_read_is_one_for_all_caches(
    client: TestClient, body: dict[str, object], origin: dict[str, str]
) -> None:
    # Fetch, «CORS protocol and HTTP caches»: раз заголовки у всех одни, Vary не нужен.
    answer = client.post("/register", json=body, headers=origin)
    assert "Origin" not in answer.headers.get("vary", "")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("body", [IVAN, {}])
def test_caches_learn_that_the_answer_depends_on_the_origin(
    listed: TestClient, body: dict[str, object]
) -> None:
    answer = listed.post("/register", json=body)
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-origin" not in answer.headers


def test_page_of_a_problem_adds_its_vary_to_that_of_the_origin(listed: TestClient) -> None:
    answer = listed.get("/problems/invalid_body")
    assert "style-src" in answer.headers["content-security-policy"]
    assert set(answer.headers["vary"].split(", ")) == {"Origin", "Accept-Language"}


def test_unlisted_origin_gets_no_cors_headers(listed: TestClient) -> None:
    answer = listed.post("/register", json=IVAN, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_preflight_from_unlisted_origin_is_a_problem(listed: TestClient) -> None:
    headers = {"Origin": "https://evil.example", **PREFLIGHT}
    answer = listed.options("/register", headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in answer.headers


def test_repository_is_overridden_in_a_line_and_no_database_is_opened(
    container: Container, client: TestClient
) -> None:
    assert client.post("/register", json=IVAN).status_code == 201
    assert not container.database().url.initialized
