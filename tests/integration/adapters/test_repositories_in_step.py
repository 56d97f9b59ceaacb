"""Конечный автомат ведёт оба адаптера в ногу: что ответил один, ответил и другой.

Связь с PostgreSQL при этом рвётся: на ответе это не сказывается.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import psycopg
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from adapters.memory import InMemoryCustomerRepository
from adapters.memory_events import InMemoryEvents
from adapters.postgres.registration.repository import postgres_customers
from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from domain.errors import DomainError
from tests.support.customers import REGISTERED_AT, emails, new_customer
from tests.support.lossy_link import Loss, lossy_link
from tests.support.spellings import ONE_MAILBOX
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

KEYS = st.none() | st.sampled_from(["one", "two", "three"]).map(IdempotencyKey)
SPELLINGS = st.sampled_from([spelling for pair in ONE_MAILBOX[:4] for spelling in pair])
LOSSES = st.none() | st.sampled_from(Loss)


type Outcome = Registration | type[DomainError]


async def outcome(
    customers: CustomerRepository, new: NewCustomer, key: IdempotencyKey | None
) -> Outcome:
    try:
        return await customers.add(new, key)
    except DomainError as error:
        return type(error)


def without_id(outcome: Outcome) -> object:
    """Исход без номера: в пачке номера раздаются по порядку адресов, а не прихода."""
    if not isinstance(outcome, Registration):
        return outcome
    return evolve(outcome, customer=evolve(outcome.customer, id=0))


class BothRepositories(RuleBasedStateMachine):
    def __init__(self, database: str) -> None:
        super().__init__()
        with psycopg.connect(database) as connection:
            connection.execute(
                "TRUNCATE customers, idempotency_keys, waiting_events, emails_as_given"
                " RESTART IDENTITY"
            )
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._runner.run(self._open(database))
        self._events = InMemoryEvents()
        self._events.subscribe("crm")
        self._database = database
        self._memory = InMemoryCustomerRepository(self._events)
        self._now = REGISTERED_AT
        self._ids: dict[str, int] = {}
        # Соединение уже есть: без него просьбу не послать, и это был бы честный отказ.
        self.register("first@example.ru", "Ann", None, None)

    async def _open(self, database: str) -> None:
        self._link = await self._stack.enter_async_context(lossy_link(database))
        self._postgres = await self._stack.enter_async_context(
            postgres_customers(self._link.url, log_sql=False)
        )

    @rule(
        email=emails() | st.sampled_from(["a@example.ru", "b@example.ru"]) | SPELLINGS,
        name=st.sampled_from(["Иван", "Ann"]),
        key=KEYS,
        loss=LOSSES,
        own_time=st.none() | st.sampled_from([1, 2]).map(timedelta),
    )
    def register(
        self,
        email: str,
        name: str,
        key: IdempotencyKey | None,
        loss: Loss | None,
        own_time: timedelta | None = None,
    ) -> None:
        self._now += timedelta(microseconds=1)
        new = new_customer(email=email, name=name, registered_at=self._now)
        if own_time and key:
            key = IdempotencyKey(key.value, self._now)
            new = new_customer(email=email, name=name, registered_at=REGISTERED_AT - own_time)
        self._link.lose(*([loss] if loss else []))

        async def alone(customers: CustomerRepository) -> list[Outcome]:
            return [await outcome(customers, new, key)]

        self._compare(alone)

    @rule(
        requests=st.lists(
            st.tuples(st.sampled_from(["a@example.ru", "b@example.ru"]) | SPELLINGS, KEYS),
            max_size=6,
        ),
        loss=LOSSES,
    )
    def register_together(
        self, requests: list[tuple[str, IdempotencyKey | None]], loss: Loss | None
    ) -> None:
        """Одновременные просьбы: кому что достанется, решает порядок прихода."""
        batch = []
        for email, key in requests:
            self._now += timedelta(microseconds=1)
            batch.append((new_customer(email=email, registered_at=self._now), key))
        self._link.lose(*([loss] if loss else []))

        async def together(customers: CustomerRepository) -> list[Outcome]:
            return await asyncio.gather(*(outcome(customers, new, key) for new, key in batch))

        self._compare(together)

    def _compare(
        self, register: Callable[[CustomerRepository], Coroutine[None, None, list[Outcome]]]
    ) -> None:
        expected = self._runner.run(register(self._memory))
        answered = self._runner.run(register(self._postgres))
        assert list(map(without_id, answered)) == list(map(without_id, expected))
        for one in answered:
            if isinstance(one, Registration):
                customer = one.customer
                known = self._ids.setdefault(customer.compared_email, customer.id)
                assert known == customer.id
        assert len(set(self._ids.values())) == len(self._ids)

    @invariant()
    def subscriber_is_told_of_the_same(self) -> None:
        told = execute(
            self._database,
            "SELECT coalesce(emails_as_given.email, customers.email) FROM waiting_events"
            " JOIN customers ON customers.id = waiting_events.customer_id"
            " LEFT JOIN emails_as_given ON emails_as_given.customer_id = customers.id",
        )
        assert sorted(str(email) for (email,) in told) == sorted(
            one.event.happened.customer.email for one in self._events.waiting.values()
        )

    def teardown(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()


def test_memory_and_postgres_answer_alike(database: str) -> None:
    PostgresEvents(database).subscribe("crm")
    run_state_machine_as_test(
        partial(BothRepositories, database),  # type: ignore[arg-type]  # годится и фабрика
        settings=settings(max_examples=15, stateful_step_count=20, deadline=None),
    )
