"""Клиент, который сделал openapi-python-client: адрес сервиса и что показать."""

import sys
from uuid import uuid4

from attrs import evolve
from crm_api_client import Client
from crm_api_client.api.customers import register_customer
from crm_api_client.models import (
    Customer,
    RegisterCustomer,
    RegisterCustomerResponse400,
    RegisterCustomerResponse422,
    RegisterCustomerResponse503,
    RegisterCustomerResponse503Type,
)
from crm_api_client.types import Unset

MARIA = RegisterCustomer("Мария Иванова", "мария@пример.рф", address="Орск,\nд. 18")


def registers(client: Client) -> None:
    """Регистрирует, повторяет с тем же ключом и читает отказы."""
    key = str(uuid4())
    for _ in ("first", "again"):
        answer = register_customer.sync_detailed(client=client, body=MARIA, idempotency_key=key)
        customer = answer.parsed
        assert isinstance(customer, Customer)
        replayed = answer.headers.get("Idempotency-Replayed", "false")
        who = f"{customer.name} {customer.email} {customer.address}"
        print(f"registered {who}, replayed: {replayed}")
    for refused in (evolve(MARIA, age=200, phone="8" * 26), MARIA):
        problem = register_customer.sync(client=client, body=refused, idempotency_key=str(uuid4()))
        assert isinstance(problem, RegisterCustomerResponse400 | RegisterCustomerResponse422)
        for broken in problem.errors or []:
            limits = f"{told(broken.limits.min_)}..{told(broken.limits.max_)}"
            print(f"{problem.status} {broken.field} {broken.code} {limits}")


def told(limit: int | Unset) -> str:
    """Называет границу, если она есть."""
    return "?" if isinstance(limit, Unset) else str(limit)


def unavailable(client: Client) -> None:
    """Читает, когда повторить."""
    answer = register_customer.sync_detailed(client=client, body=MARIA)
    problem = answer.parsed
    assert isinstance(problem, RegisterCustomerResponse503)
    assert problem.type_ is RegisterCustomerResponse503Type.UNAVAILABLE
    print(f"{problem.status} again in {int(answer.headers['Retry-After'])} s")


url, action = sys.argv[1:]
with Client(base_url=url) as connected:
    {"register": registers, "unavailable": unavailable}[action](connected)
