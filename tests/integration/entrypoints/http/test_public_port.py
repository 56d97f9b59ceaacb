"""Сервис на открытом порту: предел частоты, порт для своих, что говорится при запуске."""

from pathlib import Path

import httpx2
import pytest

from tests.support.customers import IVAN
from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.running_service import running_service, start

WARNING = "CRM_CORS_ORIGINS is *"


def test_each_customer_behind_a_trusted_proxy_has_a_share_of_his_own(tmp_path: Path) -> None:
    with (
        running_service(
            tmp_path,
            database_url="memory://",
            rate_limit="1/hour",
            trusted_proxies="127.0.0.0/8",
        ) as service,
        service.client() as client,
    ):
        statuses = [
            client.post(
                "/register",
                json={**IVAN, "email": f"{number}@example.ru"},
                headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.{number // 2}"},
            ).status_code
            for number in range(6)
        ]
        log = service.log
    assert statuses == [201, 429] * 3
    assert "198.51.100" not in log


def test_registration_on_a_port_that_is_not_for_operations(tmp_path: Path, database: str) -> None:
    port = free_port()
    with running_service(
        tmp_path, database_url=database, workers="2", operations_port=str(port)
    ) as service:
        operations = f"http://127.0.0.1:{port}"
        with service.client() as client, httpx2.Client(trust_env=False) as inside:
            assert client.post("/register", json=IVAN).status_code == 201
            assert client.get("/metrics").status_code == 404
            assert client.get("/health/ready").status_code == 404
            assert 'outcome="registered"} 1.0' in inside.get(f"{operations}/metrics").text
            assert inside.get(f"{operations}/health/ready").status_code == 200
        assert f"listening for operations on {operations}" in service.log


@pytest.mark.parametrize(
    ("host", "origins", "is_told"),
    [
        ("0.0.0.0", "*", True),  # noqa: S104 — о том и речь
        ("0.0.0.0", "https://shop.example", False),  # noqa: S104
        ("127.0.0.1", "*", False),
    ],
)
def test_start_says_once_that_pages_of_every_site_may_call(
    tmp_path: Path, host: str, origins: str, *, is_told: bool
) -> None:
    process, log_path = start(tmp_path, database_url="memory://", host=host, cors_origins=origins)
    try:
        eventually(lambda: f"listening on http://{host}" in log_path.read_text())
        assert log_path.read_text().count(WARNING) == is_told
    finally:
        process.terminate()
        process.wait(30)
