"""Что отвечает сам прокси: документ о проблеме, который прочтёт и страница магазина."""

import itertools
import time
from collections import Counter
from http import HTTPStatus
from typing import Any

import httpx2

from tests.support.eventually import eventually

_CUSTOMER = {"name": "Ivan", "email": "own@example.ru"}
_FILE_LIMIT = 16 * 1024  # nginx.conf: client_max_body_size
_FILE_BURST = 100  # больше, чем burst и rate того же файла за время проверки
_SEVERAL_PROBES = 5.0  # секунд; в файлах проверка идёт раз в секунду
_LATER = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
_SHOP = "https://shop.example"
_PREFLIGHT = {
    "Origin": _SHOP,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,idempotency-key",
}


def check_beside_a_service(url: str) -> None:
    """Проверяет, пока сервис работает: свой отказ прокси даёт сам, отказ сервиса не меняет.

    Raises:
        AssertionError: отказ не таков.
    """
    with _client(url) as client:
        _is_own(client.get("/no-such-page"), HTTPStatus.NOT_FOUND)
        preflight = client.options("/register", headers=_PREFLIGHT)
        assert preflight.is_success, preflight
        # По этому документу форма узнаёт правила.
        rules = client.get("/openapi.json", headers={"Origin": _SHOP})
        assert "/register" in rules.json()["paths"], rules
        assert rules.headers.get_list("Access-Control-Allow-Origin") == ["*"], rules.headers
        refusal = client.post("/register", json={})
        seen = (refusal.status_code, refusal.headers, refusal.text)
        assert refusal.json()["type"].startswith("/problems/"), seen
        assert refusal.headers.get_list("Access-Control-Allow-Origin") == ["*"], seen
        assert "X-Request-ID" in refusal.headers["Access-Control-Expose-Headers"], seen


def check_apart(url: str) -> None:
    """Проверяет, что регистрируют и те процессы, у кого порт для своих отдельный.

    Raises:
        AssertionError: прокси им не посылает.
    """
    with _client(url) as client:

        def answer(number: int) -> int:
            customer = {**_CUSTOMER, "email": f"apart{number}@example.ru"}
            return client.post("/register", json=customer).status_code

        eventually(lambda: answer(0) in {HTTPStatus.CREATED, HTTPStatus.BAD_REQUEST})
        # Неверная проверка исключила бы обоих не сразу, а со второго раза.
        end = time.monotonic() + _SEVERAL_PROBES
        answers = Counter(
            answer(number)
            for number in itertools.takewhile(lambda _: time.monotonic() < end, itertools.count(1))
        )
        assert set(answers) == {HTTPStatus.CREATED}, answers
        _is_own(client.get("/health/ready"), HTTPStatus.NOT_FOUND)


def check_limits(url: str) -> None:
    """Проверяет пределы самого nginx; предварительные запросы под них не подпадают.

    Raises:
        AssertionError: отказ не таков.
    """
    with _client(url) as client:
        long = {"name": "Ivan" * _FILE_LIMIT, "email": "own@example.ru"}
        _is_own(client.post("/register", json=long), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        answers = [client.post("/register", json=_CUSTOMER) for _ in range(_FILE_BURST)]
        by_code = {answer.status_code: answer for answer in answers}
        assert set(by_code) == {201, 400, 429}, set(by_code)
        _is_own(by_code[429], HTTPStatus.TOO_MANY_REQUESTS)
        asked = [client.options("/register", headers=_PREFLIGHT) for _ in range(_FILE_BURST)]
        assert all(answer.is_success for answer in asked), asked


def check_without_a_service(url: str) -> None:
    """Проверяет ответ, когда ни одного процесса сервиса нет.

    Raises:
        AssertionError: ответ не таков.
    """
    with _client(url) as client:

        def own() -> httpx2.Response | None:
            answer = client.post("/register", json=_CUSTOMER)
            return answer if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE else None

        answer = eventually(own)
        assert answer
        _is_own(answer, HTTPStatus.SERVICE_UNAVAILABLE)


def _client(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, timeout=30.0, trust_env=False)


def _is_own(answer: httpx2.Response, status: HTTPStatus) -> None:
    seen = (answer.status_code, answer.headers, answer.text)
    assert answer.status_code == status, seen
    assert answer.headers["Content-Type"] == "application/problem+json", seen
    assert answer.headers.get_list("Access-Control-Allow-Origin") == ["*"], seen
    if status in _LATER:
        assert answer.headers["Retry-After"] == "1", seen
        assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After", seen
    problem: dict[str, Any] = answer.json()
    assert problem.pop("title"), seen
    assert problem == {"type": "about:blank", "status": status}, seen
