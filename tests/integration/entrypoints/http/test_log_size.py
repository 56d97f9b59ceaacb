"""Журнал по карману: сколько байтов стоит регистрация и чего не стоит проба."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.running_service import Service, running_service

_MOST = 350  # байтов на регистрацию: docs/operations.md


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database, log_format="json") as service:
        yield service


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one"}], ids=["plain", "with a key"])
def test_registration_costs_little_though_its_sql_is_logged(
    service: Service, headers: dict[str, str]
) -> None:
    def register(number: int) -> list[str]:
        body = {"name": "Ivan", "email": f"size{number}@example.ru"}
        keys = {name: f"{value}{number}" for name, value in headers.items()}
        before = len(service.log)
        with service.client() as client:
            assert client.post("/register", json=body, headers=keys).status_code == 201
        eventually(lambda: "POST /register 201" in service.log[before:])
        return service.log[before:].splitlines(keepends=True)

    first = register(1)
    assert any("INSERT INTO customers" in line for line in first)
    lines = register(2)
    assert [json.loads(line)["logger"] for line in lines] == ["crm_api.sql", "crm_api.http"]
    assert len("".join(lines)) <= _MOST


def test_probes_are_not_logged(service: Service) -> None:
    with service.client() as client:
        assert client.get("/health/ready").status_code == 200  # открывает соединение
        before = len(service.complete_log())
        for path in ("/health", "/health/ready", "/metrics"):
            assert client.get(path).status_code == 200
        assert client.get("/nowhere").status_code == 404
    eventually(lambda: "404" in service.log[before:])
    assert len(service.log[before:].splitlines()) == 1


def test_last_line_of_the_start_says_where_it_listens(service: Service) -> None:
    said = [json.loads(line)["event"] for line in service.log.splitlines()]
    assert said[-1].startswith("listening on http://")
