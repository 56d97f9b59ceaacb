"""События о повторных регистрациях в PostgreSQL: договор порта, процессы, потери связи."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

import psycopg
import pytest

from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.customer_repository import RepositoryUnavailableError
from application.data_bound_keys import DataBoundKeys
from application.idempotency import IdempotencyKey
from domain.errors import EmailAlreadyRegisteredError
from domain.events import REGISTRATION_REPEATED
from tests.support.customers import new_customer
from tests.support.lossy_link import Loss, lossy_link
from tests.support.repeated_registrations_contract import AT, DAY, RepeatedRegistrationsContract
from tests.support.sql import add_trigger, execute
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio

_PATIENCE = 30.0

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def events(database: str) -> PostgresEvents:
    return PostgresEvents(database)


@pytest.fixture
async def customers(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with postgres_customers(database, log_sql=True, is_discreet=True) as customers:
        yield customers


class TestRepeatsInPostgres(RepeatedRegistrationsContract):
    """Договор порта."""


async def test_processes_tell_of_one_customer_once(database: str, events: PostgresEvents) -> None:
    events.subscribe("letters")

    async def repeat() -> None:
        async with postgres_customers(database, log_sql=False) as customers:
            await asyncio.gather(*(customers.tell_repeated(1, AT, AT - DAY) for _ in range(20)))

    async with postgres_customers(database, log_sql=False) as customers:
        await customers.add(new_customer())
    await asyncio.gather(*(repeat() for _ in range(4)))
    assert events.repeated() == [("letters", 1, AT)]


@pytest.mark.parametrize("loss", Loss)
async def test_lost_answer_leaves_one_event(
    database: str, events: PostgresEvents, loss: Loss
) -> None:
    events.subscribe("letters")
    async with (
        lossy_link(database) as link,
        postgres_customers(link.url, log_sql=False) as customers,
    ):
        await customers.add(new_customer())
        link.lose(loss)
        await customers.tell_repeated(1, AT, AT - DAY)
    assert events.repeated() == [("letters", 1, AT)]


async def test_event_keeps_the_trace_of_its_request(database: str, events: PostgresEvents) -> None:
    events.subscribe("letters")
    async with postgres_customers(database, log_sql=False, trace=lambda: TRACE) as customers:
        await customers.add(new_customer(), None, None)
        await customers.tell_repeated(1, AT, AT - DAY)
    assert execute(database, "SELECT trace FROM waiting_events") == [(TRACE,)]


async def test_neighbours_of_a_locked_customer_are_told_of(
    database: str, events: PostgresEvents, customers: PostgresCustomerRepository
) -> None:
    events.subscribe("letters")
    for number in range(1, 4):
        await customers.add(new_customer(email=f"{number}@example.ru"))
    with psycopg.connect(database) as holder:
        holder.execute("INSERT INTO repeated_registrations VALUES (2, now())")
        ended = await asyncio.gather(
            *(customers.tell_repeated(number, AT, AT - DAY) for number in (1, 2, 3)),
            return_exceptions=True,
        )
        holder.rollback()
    assert [type(one) for one in ended] == [type(None), RepositoryUnavailableError, type(None)]
    assert events.repeated() == [("letters", number, AT) for number in (1, 3)]


async def test_warning_makes_it_unknown_whether_the_event_is_left(
    database: str, events: PostgresEvents, customers: PostgresCustomerRepository
) -> None:
    events.subscribe("letters")
    await customers.add(new_customer())
    warning = "RAISE WARNING 'canceling wait for synchronous replication'; RETURN NULL"
    add_trigger(database, "warn", "AFTER INSERT ON waiting_events", warning)
    with pytest.raises(RepositoryUnavailableError):
        await customers.tell_repeated(1, AT, AT - DAY)
    assert events.repeated() == [("letters", 1, AT)]


@pytest.mark.parametrize("key", [None, IdempotencyKey("k")], ids=["plain", "keyed"])
async def test_every_way_writes_twice_whatever_the_outcome(
    database: str, customers: PostgresCustomerRepository, key: IdempotencyKey | None
) -> None:
    """Кто пишет, хотя бы замок, тот ждёт диска и реплик: по времени его не отличить."""

    async def first(email: str) -> list[bool]:
        before = writers(database)
        with suppress(EmailAlreadyRegisteredError):
            await DataBoundKeys(customers).add(new_customer(email=email), key)
        return [now not in before for now in writers(database)]

    async def second(customer_id: int | None, at: datetime) -> list[bool]:
        before = writers(database)
        await customers.tell_repeated(customer_id, at, at - DAY)
        return [now not in before for now in writers(database)]

    fresh, taken = "new@example.ru", "old@example.ru"
    await customers.add(new_customer(email=taken))
    assert any(await first(fresh)), "записан"
    for email in (taken, fresh, taken):
        assert any(await first(email)), "занят или повторён"
    soon = AT + DAY / 2
    for customer_id, at in ((None, AT), (1, AT), (1, soon), (7, AT), (None, soon)):
        assert any(await second(customer_id, at)), (customer_id, at)


def writers(database: str) -> list[object]:
    """Номера транзакций, которые писали или держали строки: и покупателей, и номера базы данных."""
    rows = execute(
        database,
        "SELECT xmin::text FROM customers UNION SELECT xmax::text FROM customers"
        " UNION SELECT xmax::text FROM event_database ORDER BY 1",
    )
    return [number for (number,) in rows]


async def test_sequence_of_events_that_is_behind_its_rows_is_brought_forward(
    database: str, events: PostgresEvents, customers: PostgresCustomerRepository
) -> None:
    events.subscribe("letters", [REGISTRATION_REPEATED])
    for email in ("one@example.ru", "two@example.ru"):
        await customers.add(new_customer(email=email))
    await customers.tell_repeated(1, AT, AT - DAY)
    execute(
        database,
        "INSERT INTO waiting_events (id, subscriber_id, type, customer_id, source)"
        " OVERRIDING SYSTEM VALUE VALUES (2, 7, 'customer.registered', 9, 'registration')",
    )
    await customers.tell_repeated(2, AT, AT - DAY)
    assert events.repeated() == [("letters", number, AT) for number in (1, 2)]


async def test_taken_id_that_no_sequence_mends_is_refused_in_time(
    database: str, events: PostgresEvents, customers: PostgresCustomerRepository
) -> None:
    events.subscribe("letters", [REGISTRATION_REPEATED])
    for email in ("one@example.ru", "two@example.ru"):
        await customers.add(new_customer(email=email))
    await customers.tell_repeated(1, AT, AT - DAY)
    # Догонять нечего, а занят номер снова и снова: так бывает и со строками, которых роль не видит.
    taken = "NEW.id := 1; RETURN NEW"
    add_trigger(database, "take", "BEFORE INSERT ON waiting_events FOR EACH ROW", taken)
    told = asyncio.create_task(customers.tell_repeated(2, AT, AT - DAY))
    ended, _ = await asyncio.wait([told], timeout=_PATIENCE)
    execute(database, "DROP TRIGGER take ON waiting_events")
    assert ended
    with pytest.raises(UnexpectedDatabaseError):
        await told
    await customers.tell_repeated(2, AT, AT - DAY)
    assert events.repeated() == [("letters", number, AT) for number in (1, 2)]


async def test_relay_is_woken_only_by_what_may_have_left_an_event(
    database: str, events: PostgresEvents
) -> None:
    woken: list[int] = []
    async with postgres_customers(
        database, log_sql=False, is_discreet=True, on_written=lambda: woken.append(1)
    ) as customers:
        await customers.add(new_customer())
        await customers.tell_repeated(1, AT, AT - DAY)
        assert woken == []
        events.subscribe("letters")
        await customers.ensure_ready()
        await customers.tell_repeated(None, AT, AT - DAY)
        assert woken == []
        await customers.tell_repeated(1, AT + DAY, AT)
        assert woken == [1]
