"""Просьбы, чью судьбу решает не первая команда: соседям это не мешает и вечно не длится."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from adapters.postgres.registration.repository import PostgresCustomerRepository
from application.customer_repository import Registration, RepositoryUnavailableError
from application.idempotency import IdempotencyKey
from domain.errors import EmailAlreadyRegisteredError
from tests.support.batches import foreign_transaction, patient_customers
from tests.support.customers import new_customer
from tests.support.lossy_link import Loss, lossy_link
from tests.support.sql import add_trigger, execute

pytestmark = pytest.mark.anyio

KEY = IdempotencyKey("k")


@asynccontextmanager
async def held_customer(
    database: str, customers: PostgresCustomerRepository, email: str
) -> AsyncIterator[None]:
    """Записанный покупатель, чью строку держит чужая транзакция."""
    await customers.add(new_customer(email=email))
    async with await psycopg.AsyncConnection.connect(database) as rival:
        await rival.execute("SELECT FROM customers WHERE email = %s FOR UPDATE", [email])
        yield


async def test_failure_of_a_later_statement_does_not_undo_what_the_first_decided(
    database: str,
) -> None:
    async with patient_customers(database) as customers:
        await customers.add(new_customer(email="taken@example.ru"))
        async with foreign_transaction(database, "held@example.ru"):
            ended = await asyncio.gather(
                customers.add(new_customer(email="a@example.ru")),
                customers.add(new_customer(email="taken@example.ru", name="Other"), KEY),
                # Ждёт, чем кончит первый с этим ключом, и записывается второй командой.
                customers.add(new_customer(email="held@example.ru"), KEY),
                return_exceptions=True,
            )
    assert [type(end) for end in ended] == [
        Registration,
        EmailAlreadyRegisteredError,
        RepositoryUnavailableError,
    ]
    assert execute(database, "SELECT email FROM customers ORDER BY id") == [
        ("taken@example.ru",),
        ("a@example.ru",),
    ]


async def test_row_held_by_another_keeps_nobody_from_learning_what_a_lost_answer_said(
    database: str,
) -> None:
    async with (
        lossy_link(database) as link,
        patient_customers(link.url) as customers,
        held_customer(database, customers, "taken@example.ru"),
    ):
        link.lose(Loss.ANSWER)
        ended = await asyncio.gather(
            customers.add(new_customer(email="a@example.ru")),
            customers.add(new_customer(email="taken@example.ru", name="Other")),
            customers.add(new_customer(email="b@example.ru")),
            return_exceptions=True,
        )
    assert [type(end) for end in ended] == [
        Registration,
        RepositoryUnavailableError,
        Registration,
    ]


async def test_row_that_kills_its_connection_keeps_nobody_from_learning_his_outcome(
    database: str,
) -> None:
    death = "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL"
    add_trigger(
        database,
        "die",
        "AFTER INSERT ON customers FOR EACH ROW WHEN (NEW.email ~ 'deadly')",
        death,
    )
    async with (
        patient_customers(database) as customers,
        # Из-за этой строки исход узнаётся порознь.
        held_customer(database, customers, "taken@example.ru"),
    ):
        ended = await asyncio.gather(
            customers.add(new_customer(email="a@example.ru")),
            customers.add(new_customer(email="deadly@example.ru")),
            customers.add(new_customer(email="taken@example.ru", name="Other")),
            customers.add(new_customer(email="b@example.ru")),
            return_exceptions=True,
        )
    assert [type(end) for end in ended] == [
        Registration,
        RepositoryUnavailableError,
        RepositoryUnavailableError,
        Registration,
    ]
