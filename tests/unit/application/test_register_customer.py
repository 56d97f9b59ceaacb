"""Вариант использования: зарегистрировать покупателя."""

import pytest

from adapters.memory import InMemoryCustomerRepository
from application.register_customer import RegisterCustomer, RegisterCustomerCommand
from domain.errors import EmailAlreadyRegisteredError, InvalidCustomerError
from tests.support.customers import IVAN, REGISTERED_AT

pytestmark = pytest.mark.anyio


@pytest.fixture
def register() -> RegisterCustomer:
    return RegisterCustomer(InMemoryCustomerRepository(), lambda: REGISTERED_AT)


async def test_returns_the_customer_with_id_and_time(register: RegisterCustomer) -> None:
    registration = await register(RegisterCustomerCommand(**IVAN))
    customer = registration.customer
    assert customer.id == 1
    assert customer.registered_at == REGISTERED_AT
    assert {name: getattr(customer, name) for name in IVAN} == IVAN


async def test_needs_only_name_and_email(register: RegisterCustomer) -> None:
    registration = await register(RegisterCustomerCommand(name="Ivan", email="ivan@example.ru"))
    customer = registration.customer
    assert (customer.age, customer.gender, customer.phone) == (None, None, None)


async def test_refuses_a_taken_email(register: RegisterCustomer) -> None:
    await register(RegisterCustomerCommand(**IVAN))
    with pytest.raises(EmailAlreadyRegisteredError):
        await register(RegisterCustomerCommand(**{**IVAN, "email": "IVAN.IVANOV@EXAMPLE.RU"}))


async def test_invalid_customer_reaches_no_repository(register: RegisterCustomer) -> None:
    with pytest.raises(InvalidCustomerError):
        await register(RegisterCustomerCommand(**{**IVAN, "age": 151}))
    assert (await register(RegisterCustomerCommand(**IVAN))).customer.id == 1
