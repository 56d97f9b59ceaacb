"""Вариант использования: зарегистрировать покупателя."""

from datetime import datetime, timedelta, timezone

import pytest

from adapters.memory import InMemoryCustomerRepository
from application.register_customer import RegisterCustomer, RegisterCustomerCommand
from domain.errors import EmailAlreadyRegisteredError, InvalidCustomerError
from tests.support.customers import IVAN, REGISTERED_AT

EARLIER = REGISTERED_AT - timedelta(days=1000)

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


async def test_customer_of_another_shop_keeps_its_time(register: RegisterCustomer) -> None:
    moscow = EARLIER.astimezone(timezone(timedelta(hours=3)))
    command = RegisterCustomerCommand(**IVAN, registered_at=moscow, idempotency_key="k")
    first = await register(command)
    assert first.customer.registered_at == EARLIER
    assert first.customer.registered_at.utcoffset() == timedelta()
    again = await register(command)
    assert (again.is_replay, again.customer, again.used_at) == (
        *(True, first.customer),
        REGISTERED_AT,
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (REGISTERED_AT + timedelta(microseconds=1), "in_the_future"),
        (EARLIER.replace(tzinfo=None), "no_time_zone"),
        ("2020-01-01T00:00:00Z", "not_a_time"),
        (0, "not_a_time"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=3))), "not_a_time"),
    ],
)
async def test_time_that_cannot_be_is_refused_together_with_the_rest(
    register: RegisterCustomer, given: datetime, code: str
) -> None:
    with pytest.raises(InvalidCustomerError) as caught:
        await register(RegisterCustomerCommand(**{**IVAN, "age": 151}, registered_at=given))
    broken = [(rule.field, rule.code) for rule in caught.value.broken_rules]
    assert broken == [("age", "out_of_range"), ("registered_at", code)]
    with pytest.raises(InvalidCustomerError):
        await register(RegisterCustomerCommand(**IVAN, registered_at=given))


async def test_this_very_moment_is_no_future(register: RegisterCustomer) -> None:
    command = RegisterCustomerCommand(**IVAN, registered_at=REGISTERED_AT)
    assert (await register(command)).customer.registered_at == REGISTERED_AT
