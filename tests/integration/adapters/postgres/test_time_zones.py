"""Пояс, велённый базе данных, не сдвигает ничего и там, где столбец времени с поясом."""

from datetime import timedelta

import pytest

from adapters.postgres.delivery.operations import replay_since
from adapters.postgres.registration.repository import postgres_customers
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.sql import execute, order
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio


async def test_events_are_replayed_since_the_moment_itself(database: str) -> None:
    execute(database, "ALTER TABLE customers ALTER registered_at TYPE timestamptz")
    order(database, "TimeZone", "Asia/Tokyo")
    async with postgres_customers(database, log_sql=False) as customers:
        await customers.add(new_customer(registered_at=REGISTERED_AT))
    PostgresEvents(database).subscribe("crm")
    for since, told in ((REGISTERED_AT, 1), (REGISTERED_AT + timedelta(seconds=1), 0)):
        assert sum(replay_since(database, "crm", since=since, log_sql=False)) == told
