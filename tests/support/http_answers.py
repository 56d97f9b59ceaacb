"""Что тесты читают в ответах ``POST /register``."""

from typing import Any

from starlette.testclient import TestClient

from tests.support.customers import IVAN

JSON = {"Content-Type": "application/json"}


def assert_nothing_was_stored(client: TestClient) -> None:
    """Номер первого записанного — единица: значит, до него ничего не записали."""
    assert client.post("/register", json=IVAN).json()["id"] == 1


def problem(answer: Any) -> dict[str, Any]:  # noqa: ANN401 — ответ httpx
    """Проверяет, что это отказ по RFC 9457, и возвращает его тело."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert isinstance(body["detail"], str)
    assert {"type", "title"} <= body.keys()
    return body


def broken(field: str, code: str, detail: str, **limits: int) -> dict[str, Any]:
    """Нарушенное правило, как его называет тело отказа."""
    return {"field": field, "code": code, "detail": detail, "limits": limits}
