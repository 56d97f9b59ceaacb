"""Номера покупателей шире INTEGER: принятая таблица бывает и такой, и служит ей всё."""

import pytest

from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.delivery.operations import replay_since
from adapters.postgres.delivery.waiting import postgres_events
from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.audit import audit
from application.customer_records import Erasure
from application.idempotency import IdempotencyKey
from application.waiting_events import Settlement
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer
from tests.support.repeated_registrations_contract import AT, DAY
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio

FIRST = 3_000_000_000
KEY = IdempotencyKey("key")


@pytest.fixture
def wide_ids(database: str) -> str:
    """Адрес базы данных, где номера начинаются с ``FIRST``."""
    execute(database, "ALTER TABLE customers ALTER id TYPE bigint")
    execute(database, f"ALTER SEQUENCE customers_id_seq AS bigint NO MAXVALUE RESTART {FIRST}")
    PostgresEvents(database).subscribe("crm")
    return database


async def test_customers_are_registered_told_of_and_erased(wide_ids: str) -> None:
    async with (
        postgres_customers(wide_ids, log_sql=False, is_discreet=True) as customers,
        postgres_events(wide_ids, log_sql=False, keep_days=1) as events,
    ):
        new = new_customer(email="οδος@example.gr")  # и о том, каким дан адрес, будет строка
        first = await customers.add(new, KEY)
        assert (first.customer.id, first.is_replay) == (FIRST, False)
        assert (await customers.add(new, KEY)).is_replay
        await customers.tell_repeated(FIRST, AT, AT - DAY)
        assert list(replay_since(wide_ids, "crm", since=None, log_sql=False)) == [1]
        taken = await events.take("crm", 10, 8.0)
        assert [event.happened.customer_id for event in taken] == [FIRST] * 3
        await events.settle([Settlement(event=event) for event in taken])
    records = PostgresCustomerRecords(wide_ids, log_sql=False)
    found = await records.find(FIRST)
    assert found
    assert found.fields["email"] == new.email != new.compared_email
    assert await records.erase(FIRST, leaves_tombstone=True) == Erasure(FIRST, 1, 3)


async def test_dry_run_goes_on_from_them(wide_ids: str) -> None:
    async with postgres_customers(wide_ids, log_sql=False) as customers:
        await customers.add(new_customer())
    async with dry_run_customers(wide_ids, log_sql=False) as customers:
        new = new_customer(email="pyotr@example.ru")
        assert (await customers.add(new, KEY)).customer.id == FIRST + 1
        assert (await customers.add(new, KEY)).is_replay
        for taken in (new, new_customer()):
            with pytest.raises(EmailAlreadyRegisteredError):
                await customers.add(taken)


async def test_audit_reads_on_from_a_page_of_them(wide_ids: str) -> None:
    execute(
        wide_ids,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT '', n || '@example.ru', now() FROM generate_series(1, 3) AS n",
    )
    told = list(audit(wide_ids, log_sql=False))
    assert sum(batch.checked for batch in told) == 3
