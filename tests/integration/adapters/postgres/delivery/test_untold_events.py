"""События, о которых рассказать нечего, ждут; ни остальных, ни рассылку они не держат."""

from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.postgres.delivery.waiting import PostgresWaitingEvents, postgres_events
from application.waiting_events import EventsUnavailableError
from tests.support.earlier_table import NO_TIMES
from tests.support.plain_role import plain_role
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents
from tests.support.waiting_events_contract import LEASE

pytestmark = pytest.mark.anyio

_DUE = "UPDATE waiting_events SET next_attempt_at = now()"


@pytest.fixture
def filled(database: str) -> str:
    """Адрес базы данных, где трое покупателей и у подписчика по событию о каждом."""
    PostgresEvents(database).subscribe("crm")
    execute(
        database,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT 'Ivan', n || '@example.ru', now() FROM generate_series(1, 3) AS n;"
        "INSERT INTO waiting_events (subscriber_id, type, customer_id, source)"
        " SELECT 1, 'customer.registered', id, 'registration' FROM customers;"
        "ALTER TABLE customers ALTER registered_at DROP NOT NULL",
    )
    return database


@pytest.fixture
async def events(filled: str) -> AsyncIterator[PostgresWaitingEvents]:
    async with postgres_events(filled, log_sql=False, keep_days=1) as events:
        yield events


@pytest.fixture
def plain(filled: str) -> Iterator[str]:
    """Адрес для роли, которой строки customers скрывает row security."""
    with plain_role(filled) as (role, url):
        execute(
            filled,
            f"GRANT DELETE ON waiting_events TO {role}; GRANT SELECT ON event_database TO {role};"
            "ALTER TABLE customers ENABLE ROW LEVEL SECURITY",
        )
        yield url


async def taken(events: PostgresWaitingEvents, limit: int = 10) -> list[int]:
    return [one.happened.customer_id for one in await events.take("crm", limit, LEASE)]


def waiting(database: str) -> list[tuple[object, ...]]:
    return execute(database, "SELECT customer_id FROM waiting_events ORDER BY 1")


@pytest.mark.parametrize("policy", [None, "id > 1"], ids=["none", "of some"])
async def test_customers_that_row_security_hides_are_not_taken_for_erased(
    filled: str, plain: str, policy: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    if policy:
        execute(filled, f"CREATE POLICY see ON customers FOR SELECT USING ({policy})")
    async with postgres_events(plain, log_sql=False, keep_days=1) as events:
        assert await taken(events, 1) == ([2] if policy else [])
        assert waiting(filled) == [(1,), (2,), (3,)]
        assert "crm: 1 events wait for an hour: row security hides" in caplog.text
        execute(filled, "DROP POLICY IF EXISTS see ON customers")
        execute(filled, "CREATE POLICY see ON customers USING (true)")
        execute(filled, _DUE)
        assert await taken(events) == [1, 2, 3]


@pytest.mark.parametrize("moment", NO_TIMES)
async def test_customer_without_a_time_that_can_be_told_holds_nobody(
    filled: str, events: PostgresWaitingEvents, moment: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    execute(filled, "UPDATE customers SET registered_at = %s WHERE id = 1", moment)
    assert await taken(events, 1) == [2]
    assert "their customers have no registered_at" in caplog.text
    assert await taken(events) == [3]
    execute(filled, "UPDATE customers SET registered_at = now()")
    execute(filled, _DUE)
    assert await taken(events) == [1, 2, 3]


@pytest.mark.parametrize("moment", ["0001-01-02", "9999-12-31"])
async def test_farthest_times_are_told(
    filled: str, events: PostgresWaitingEvents, moment: str
) -> None:
    execute(filled, "UPDATE customers SET registered_at = %s", moment)
    assert await taken(events) == [1, 2, 3]


async def test_source_that_somebodys_trigger_made_up_holds_nobody(
    filled: str, events: PostgresWaitingEvents, caplog: pytest.LogCaptureFixture
) -> None:
    execute(filled, "UPDATE waiting_events SET source = 'shop' WHERE customer_id = 1")
    assert await taken(events) == [2, 3]
    assert "their source is none of registration, import, backfill" in caplog.text


async def test_database_without_an_id_is_told_in_words(
    filled: str, events: PostgresWaitingEvents
) -> None:
    execute(filled, "DELETE FROM event_database")
    with pytest.raises(EventsUnavailableError, match="event_database is empty"):
        await events.take("crm", 10, LEASE)


async def test_events_of_the_erased_do_not_make_the_others_wait_for_another_look(
    filled: str, events: PostgresWaitingEvents
) -> None:
    execute(filled, "DELETE FROM customers WHERE id < 3")
    assert await taken(events, 1) == [3]
    assert waiting(filled) == [(3,)]
