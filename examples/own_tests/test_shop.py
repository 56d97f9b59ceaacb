"""Тесты магазина: правила те же, что в работе, а хранилище в памяти или в своём PostgreSQL.

Запуск: ``pytest examples/own_tests``; с pytest-xdist (``-n 2``) и под root тоже.
"""

import pytest
from starlette.testclient import TestClient

from crm_api import (
    Container,
    EmailAlreadyRegisteredError,
    InvalidCustomerError,
    Register,
    registration,
)


def sign_up(register: Register, order: dict[str, str]) -> str:
    """Код магазина, который проверяется: покупателя, уже известного, он не считает ошибкой."""
    try:
        customer = register(name=order["buyer"], email=order["email"])
    except EmailAlreadyRegisteredError:
        return "welcome back"
    return f"welcome, customer {customer.id}"


def test_known_buyer_is_welcomed_back(crm_register: Register) -> None:
    """Тот же адрес в другом написании — тот же покупатель."""
    order = {"buyer": "Ivan Ivanov", "email": "ivan@example.ru"}
    assert sign_up(crm_register, order) == "welcome, customer 1"
    assert sign_up(crm_register, {**order, "email": "Ivan@Example.RU"}) == "welcome back"


def test_nobody_is_registered_without_a_name(crm_register: Register) -> None:
    """Правила те же, что в работе: без базы данных проверяются и они."""
    with pytest.raises(InvalidCustomerError, match="name: required"):
        sign_up(crm_register, {"buyer": " ", "email": "ivan@example.ru"})


def test_site_and_code_share_the_customers(
    crm_container: Container, crm_register: Register
) -> None:
    """Что записал код, занято и для сайта: хранилище у них одно."""
    crm_register(name="Ivan", email="ivan@example.ru")
    with TestClient(crm_container.app()) as client:
        again = client.post("/register", json={"name": "Ivan", "email": "ivan@example.ru"})
    assert again.json()["type"] == "/problems/email_taken"


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_has_a_database_of_its_own(crm_database_url: str, number: int) -> None:
    """Одному и тому же адресу есть место в каждом тесте: база данных у каждого своя."""
    with registration(crm_database_url) as register:
        assert register(name=f"Ivan {number}", email="ivan@example.ru").id == 1
