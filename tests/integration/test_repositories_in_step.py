"""Конечный автомат ведёт оба адаптера в ногу: что ответил один, ответил и другой."""

import asyncio
from contextlib import AsyncExitStack

import psycopg
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from adapters.memory import InMemoryCustomerRepository
from adapters.postgres.repository import postgres_customers
from application.customer_repository import CustomerRepository
from domain.customer import Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError
from tests.customers import emails, new_customer


async def outcome(customers: CustomerRepository, new: NewCustomer) -> Customer | str:
    try:
        return (await customers.add(new)).customer
    except EmailAlreadyRegisteredError as error:
        return error.email


def test_memory_and_postgres_answer_alike(database: str) -> None:
    class BothRepositories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            with psycopg.connect(database) as connection:
                connection.execute("TRUNCATE customers RESTART IDENTITY")
            self._runner = asyncio.Runner()
            self._stack = AsyncExitStack()
            self._postgres = self._runner.run(
                self._stack.enter_async_context(postgres_customers(database, log_sql=False))
            )
            self._memory = InMemoryCustomerRepository()

        @rule(email=emails(), name=st.sampled_from(["Иван", "Ann"]), age=st.integers(0, 150))
        def register(self, email: str, name: str, age: int) -> None:
            new = new_customer(email=email, name=name, age=age)
            expected = self._runner.run(outcome(self._memory, new))
            assert self._runner.run(outcome(self._postgres, new)) == expected

        def teardown(self) -> None:
            self._runner.run(self._stack.aclose())
            self._runner.close()

    run_state_machine_as_test(
        BothRepositories, settings=settings(max_examples=15, stateful_step_count=20)
    )
