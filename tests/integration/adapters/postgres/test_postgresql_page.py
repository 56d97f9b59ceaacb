"""Что страница о PostgreSQL советует тому, кто приносит базу данных, то и происходит."""

import re
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.delivery.operations import subscribe
from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.upgrade import migrate
from adapters.postgres.tables import metadata
from application.idempotency import IdempotencyKey
from domain.events import EVENT_TYPES
from tests.support.customers import new_customer
from tests.support.embedded_server import own_server_only
from tests.support.markdown import blocks, page_text
from tests.support.replicated_pair import lone_node
from tests.support.sql import execute

pytestmark = pytest.mark.anyio

PAGE = "docs/postgresql.md"
PRIVATE = "topsecret@example.ru"


@own_server_only
@pytest.mark.parametrize("is_advised", [True, False])
async def test_log_of_postgresql_holds_no_personal_data(
    data_root: Path, tmp_path: Path, *, is_advised: bool
) -> None:
    (advised,) = blocks(PAGE, "text")
    settings = {"log_statement": "all", "log_min_duration_statement": "0"}
    if is_advised:
        settings |= dict(line.split(" = ") for line in advised.splitlines())
    root = data_root / tmp_path.name
    with lone_node(root, settings) as node:
        migrate(node.url, log_sql=False)
        # DETAIL отказа повторяет всю строку.
        execute(node.url, "ALTER TABLE customers ADD CHECK (name <> 'Refused')")
        async with postgres_customers(node.url, log_sql=False) as customers:
            await customers.add(new_customer(email=PRIVATE), IdempotencyKey("k"))
            refused = new_customer(email="2" + PRIVATE, name="Refused")
            with pytest.raises(UnexpectedDatabaseError):
                await customers.add(refused)
        with pytest.raises(psycopg.errors.UniqueViolation):
            execute(
                node.url,
                "INSERT INTO customers (name, email, registered_at) VALUES ('I', %s, now())",
                PRIVATE,
            )
        log = (node.folder / "postgres.log").read_text()
    assert (PRIVATE in log) is not is_advised


async def test_reader_loses_no_row_that_is_committed_late(database: str) -> None:
    prepare, read, publish, *_ = blocks(PAGE, "sql")
    execute(database, prepare)
    with psycopg.connect(database) as late:
        late.execute(
            "INSERT INTO customers (name, email, registered_at) VALUES ('L', 'l@example.ru', now())"
        )
        async with postgres_customers(database, log_sql=False) as customers:
            second = await customers.add(new_customer())
            # Больший номер уже записан, а меньший ещё нет: читатель ждёт обоих.
            assert second.customer.id == 2
            assert execute(database, read) == []
            late.commit()
            await customers.add(new_customer(email="3@example.ru"))
    rows = execute(database, read)
    assert [row[1] for row in rows] == [1, 2, 3]
    following = read.replace("'0'", f"'{rows[-1][0]}'")
    async with postgres_customers(database, log_sql=False) as customers:
        await customers.add(new_customer(email="4@example.ru"))
    assert [row[1] for row in execute(database, following)] == [4]
    execute(database, publish)


async def test_copy_reads_each_address_as_it_was_given(database: str) -> None:
    *_, address, _ = blocks(PAGE, "sql")
    given = ["ΟΔΟΣ@example.ru", "ivan@example.ru", "οδος2@example.ru"]
    async with postgres_customers(database, log_sql=False) as customers:
        shown = [(await customers.add(new_customer(email=one))).customer.email for one in given]
    # Поправленное через SQL не отменяется прежним написанием.
    execute(database, "UPDATE customers SET email = 'o@example.ru' WHERE id = 3")
    assert execute(database, f"{address.rstrip(';\n')} ORDER BY 1") == [
        (1, shown[0]),
        (2, "ivan@example.ru"),
        (3, "o@example.ru"),
    ]
    assert shown[0] != execute(database, "SELECT email FROM customers WHERE id = 1")[0][0]


@pytest.mark.parametrize("page", [PAGE, "docs/ru/postgresql.md"])
def test_move_by_replication_leaves_no_table_behind(page: str) -> None:
    *_, publish = blocks(page, "sql")
    _, _, after = page_text(page).partition(publish)
    section = publish + after.partition("\n## ")[0]
    assert [name for name in metadata.tables if not re.search(rf"\b{name}\b", section)] == []


async def test_registration_goes_on_where_events_came_by_replication(database: str) -> None:
    *_, publish = blocks(PAGE, "sql")
    execute(database, publish)
    execute(
        database,
        "INSERT INTO event_subscribers (id, name, types) OVERRIDING SYSTEM VALUE"
        " VALUES (1, 'crm', '{customer.registered}')",
    )
    execute(
        database,
        "INSERT INTO waiting_events (id, subscriber_id, type, customer_id, source)"
        " OVERRIDING SYSTEM VALUE VALUES (1, 1, 'customer.registered', 9, 'registration')",
    )
    execute(
        database,
        "INSERT INTO past_events (id, subscriber_id, type, customer_id, source, attempts)"
        " VALUES (2, 1, 'customer.registered', 8, 'registration', 1)",
    )
    async with postgres_customers(database, log_sql=False) as customers:
        await customers.add(new_customer())
    migrate(database, log_sql=False)
    subscribe(database, {"letters": EVENT_TYPES}, log_sql=False)
    assert execute(database, "SELECT max(id) FROM waiting_events") == [(3,)]
    assert execute(database, "SELECT max(id) FROM event_subscribers") == [(2,)]
