"""Шаги из docs/operations.md расширяют номера покупателей, пока регистрации идут."""

import asyncio
import re

import psycopg
import pytest

from application.idempotency import IdempotencyKey
from tests.support.batches import patient_customers
from tests.support.customers import new_customer
from tests.support.project import ROOT
from tests.support.sql import execute

pytestmark = pytest.mark.anyio

PAGES = ("docs/operations.md", "docs/ru/operations.md")


def steps(page: str) -> list[str]:
    """Абзацы команд из раздела о номерах: каждый — своя транзакция."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    (block,) = (one for one in blocks if "wide_id" in one)
    return block.strip().split("\n\n")


def widen(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        *first, last = steps(PAGES[0])
        for step in first:
            connection.execute(step.encode())
        while True:
            try:
                connection.execute(last.encode())
            except psycopg.errors.LockNotAvailable:
                continue
            return


def test_both_languages_show_the_same_steps() -> None:
    assert steps(PAGES[0]) == steps(PAGES[1])


async def test_registrations_go_on_while_the_ids_are_widened(database: str) -> None:
    execute(
        database,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT 'Ivan', n || '@old.example.ru', now() FROM generate_series(1, 30000) AS n",
    )
    async with patient_customers(database) as customers:
        widening = asyncio.create_task(asyncio.to_thread(widen, database))
        count = 0
        while not widening.done() or count < 20:
            count += 1
            key = IdempotencyKey(f"{count}") if count % 2 else None
            await customers.add(new_customer(email=f"{count}@example.ru"), key)
        await widening
        execute(database, "SELECT setval('customers_id_seq', 2147483647)")
        last = await customers.add(new_customer(email="last@example.ru"), IdempotencyKey("last"))
    assert last.customer.id == 2147483648
    assert execute(database, "SELECT count(*) FROM customers") == [(30_001 + count,)]
    old = "SELECT count(*) FROM customers WHERE email = id || '@old.example.ru'"
    assert execute(database, old) == [(30_000,)]
