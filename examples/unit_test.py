"""Модульный тест без базы данных: правила те же, что в работе, а хранилище в памяти.

Запуск: ``pytest examples/unit_test.py``.
"""

import pytest

from crm_api import EmailAlreadyRegisteredError, InvalidCustomerError, Register, registration


def sign_up(register: Register, order: dict[str, str]) -> str:
    """Код магазина, который проверяется: покупателя, уже известного, он не считает ошибкой."""
    try:
        customer = register(name=order["buyer"], email=order["email"])
    except EmailAlreadyRegisteredError:
        return "welcome back"
    return f"welcome, customer {customer.id}"


def test_known_buyer_is_welcomed_back() -> None:
    order = {"buyer": "Ivan Ivanov", "email": "ivan@example.ru"}
    with registration("memory://") as register:
        assert sign_up(register, order) == "welcome, customer 1"
        assert sign_up(register, {**order, "email": "Ivan@Example.RU"}) == "welcome back"


def test_nobody_is_registered_without_a_name() -> None:
    with (
        registration("memory://") as register,
        pytest.raises(InvalidCustomerError, match="name: required"),
    ):
        sign_up(register, {"buyer": " ", "email": "ivan@example.ru"})
