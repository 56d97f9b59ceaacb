"""Работы оператора над всей таблицей: защита строк ничего от них не прячет молча."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from adapters.postgres.connection import DatabaseError
from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.delivery.operations import replay_since
from adapters.postgres.registration_counts import PostgresRegistrationCounts
from adapters.postgres.schema.audit import audit
from application.registration_counts import CountRequest
from tests.support.plain_role import plain_role
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

EVERYONE = CountRequest(fewest=1, most=9)
JOBS: dict[str, Callable[[str], object]] = {
    "show": lambda url: asyncio.run(PostgresCustomerRecords(url, log_sql=False).find(1)),
    "erase": lambda url: asyncio.run(
        PostgresCustomerRecords(url, log_sql=False).erase(1, leaves_tombstone=True)
    ),
    "audit": lambda url: list(audit(url, log_sql=False)),
    "replay": lambda url: list(replay_since(url, "crm", since=None, log_sql=False)),
    "report": lambda url: asyncio.run(
        PostgresRegistrationCounts(url, timeout=30, log_sql=False).count(EVERYONE)
    ),
}


@pytest.fixture
def blind(database: str) -> Iterator[str]:
    """Адрес для роли, у которой есть все права, но одного покупателя скрывает защита строк."""
    execute(
        database,
        "INSERT INTO customers (name, email, registered_at)"
        " VALUES ('Ivan', 'i@example.ru', now()), ('Anna', 'a@example.ru', now())",
    )
    PostgresEvents(database).subscribe("crm")
    with plain_role(database) as (role, url):
        execute(
            database,
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};"
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};"
            "ALTER TABLE customers ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY one_less ON customers USING (id <> 1)",
        )
        yield url


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_nobody_is_left_out_in_silence(
    database: str, blind: str, job: Callable[[str], object]
) -> None:
    with pytest.raises(DatabaseError, match="row-level security") as refused:
        job(blind)
    assert "let the owner of the tables do it" in str(refused.value)
    assert execute(database, "SELECT count(*) FROM customers") == [(2,)]
    assert execute(database, "SELECT count(*) FROM waiting_events") == [(0,)]
    job(database)
