"""Что страница о Debezium говорит об изменениях, то PostgreSQL и отдаёт."""

from pathlib import Path
from uuid import UUID, uuid5

import pytest

from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.delivery.operations import subscribe
from adapters.postgres.delivery.waiting import postgres_events
from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.upgrade import migrate
from application.idempotency import IdempotencyKey
from application.waiting_events import Settlement
from domain.errors import EmailAlreadyRegisteredError
from domain.events import EVENT_TYPES
from tests.support.customers import IVAN, new_customer
from tests.support.embedded_server import own_server_only
from tests.support.logical_changes import changes
from tests.support.markdown import blocks, page_text
from tests.support.replicated_pair import lone_node
from tests.support.sql import execute

pytestmark = [pytest.mark.anyio, own_server_only]

PAGE = "docs/debezium.md"
SLOT = "shop"


async def test_publication_tells_of_customers_and_of_nothing_else(
    data_root: Path, tmp_path: Path
) -> None:
    (publish,) = blocks(PAGE, "sql")
    with lone_node(data_root / tmp_path.name, {"wal_level": "logical"}) as node:
        url = node.url
        migrate(url, log_sql=False)
        subscribe(url, {"crm": EVENT_TYPES}, log_sql=False)
        execute(url, publish)
        execute(url, "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", SLOT)
        async with (
            postgres_customers(url, log_sql=False) as customers,
            postgres_events(url, log_sql=False, keep_days=1) as events,
        ):
            for _ in range(2):
                await customers.add(new_customer(), IdempotencyKey("k"))
            with pytest.raises(EmailAlreadyRegisteredError):
                await customers.add(new_customer())
            [event] = await events.take("crm", 10, 8.0)
            await events.settle([Settlement(event=event)])
        execute(url, "UPDATE customers SET phone = NULL")
        execute(url, "UPDATE customers SET id = 7")
        await PostgresCustomerRecords(url, log_sql=False).erase(7, leaves_tombstone=False)
        seen = changes(url, SLOT, "shop")
        database = execute(url, "SELECT id FROM event_database")[0][0]
    assert {change.table for change in seen} == {"customers"}
    registered, corrected, renumbered, erased = seen
    stored = {name: None if value is None else str(value) for name, value in IVAN.items()}
    assert registered.kind == "I"
    assert registered.old is None
    assert registered.new == stored | {"id": "1", "registered_at": "2026-02-11 13:45:00"}
    assert (corrected.kind, corrected.old) == ("U", None)
    assert corrected.new == registered.new | {"phone": None}
    nothing = dict.fromkeys(registered.new)
    assert (renumbered.kind, renumbered.old) == ("U", nothing | {"id": "1"})
    assert renumbered.new == corrected.new | {"id": "7"}
    assert (erased.kind, erased.old, erased.new) == ("D", nothing | {"id": "7"}, None)
    assert "UUID version 5 of the one row of `event_database` and `customer.registered/<id>`" in (
        page_text(PAGE)
    )
    assert event.event_id == uuid5(UUID(str(database)), "customer.registered/1")
