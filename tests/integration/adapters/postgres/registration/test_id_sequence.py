"""Последовательность номеров: отставшую догоняют, а об исчерпанной говорят прямо."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from application.customer_repository import RepositoryUnavailableError
from application.idempotency import IdempotencyKey
from domain.customer import Customer
from tests.support.batches import RememberedErrors, kinds, patient_customers, together
from tests.support.customers import new_customer
from tests.support.plain_role import plain_role
from tests.support.sql import execute
from tests.support.stored_events import PostgresEvents

pytestmark = pytest.mark.anyio

type MakeKey = Callable[[str], IdempotencyKey | None]

with_keys_and_without = pytest.mark.parametrize(
    "key", [IdempotencyKey, lambda _: None], ids=["with keys", "without keys"]
)


def copy_in(database: str, *ids: int) -> None:
    """Вставляет строки с номерами, мимо последовательности, как это делает COPY."""
    for number in ids:
        execute(
            database,
            "INSERT INTO customers (id, name, email, registered_at) VALUES (%s, 'I', %s, now())",
            number,
            f"{number}@copied.example.ru",
        )


@pytest.fixture
def plain(database: str) -> Iterator[str]:
    """Адрес для роли, у которой есть только то, что нужно регистрации."""
    with plain_role(database) as (_, url):
        yield url


@with_keys_and_without
@pytest.mark.parametrize("last", [405, 50_000], ids=["near", "far"])
async def test_rows_inserted_with_ids_cost_no_registration(
    database: str, key: MakeKey, last: int, caplog: pytest.LogCaptureFixture
) -> None:
    observer = RememberedErrors()
    async with patient_customers(database, observer=observer) as customers:
        first = await customers.add(new_customer(email="first@example.ru"))
        copy_in(database, 2, 3, last)
        emails = [f"{n}@example.ru" for n in range(20)]
        ended = await together(
            *(customers.add(new_customer(email=email), key(email)) for email in emails)
        )
    assert first.customer.id == 1
    assert kinds(ended) == [Customer] * 20
    numbers = sorted(end.id for end in ended if isinstance(end, Customer))
    assert numbers == list(range(last + 1, last + 21))
    assert observer.errors == ["23505"]
    behind = [record for record in caplog.records if "was behind its rows" in record.message]
    assert [record.message[-len(f"{last} now") :] for record in behind] == [f"{last} now"]


@with_keys_and_without
@pytest.mark.parametrize("last", [405, 50_000], ids=["near", "far"])
async def test_events_inserted_with_ids_cost_no_registration(
    database: str, key: MakeKey, last: int, caplog: pytest.LogCaptureFixture
) -> None:
    PostgresEvents(database).subscribe("crm")
    execute(
        database,
        "INSERT INTO waiting_events (id, subscriber_id, type, customer_id, source)"
        " OVERRIDING SYSTEM VALUE"
        " SELECT id, 1, 'customer.registered', 9, 'import' FROM unnest(ARRAY[1, 2, 3, 7]) AS id",
    )
    execute(
        database,
        "INSERT INTO past_events (id, subscriber_id, type, customer_id, source, attempts)"
        " SELECT id, 1, 'customer.registered', 9, 'import', 1 FROM unnest(ARRAY[4, 5, %s]) AS id",
        last,
    )
    async with patient_customers(database) as customers:
        emails = [f"{n}@example.ru" for n in range(20)]
        ended = await together(
            *(customers.add(new_customer(email=email), key(email)) for email in emails)
        )
    assert kinds(ended) == [Customer] * 20
    told = execute(database, "SELECT min(id), count(*) FROM waiting_events WHERE id > 7")
    assert told == [(last + 1, 20)]
    assert f"waiting_events.id was behind its rows: it is at {last} now" in caplog.text


async def test_role_that_may_only_take_ids_brings_them_forward(database: str, plain: str) -> None:
    async with patient_customers(plain) as customers:
        await customers.add(new_customer(email="first@example.ru"))
        copy_in(database, 2, 20_000)
        assert (await customers.add(new_customer())).customer.id == 20_001


async def test_two_processes_bring_ids_forward_at_once(database: str) -> None:
    async with patient_customers(database) as one, patient_customers(database) as two:
        await asyncio.gather(
            one.add(new_customer(email="1@example.ru")), two.add(new_customer(email="2@example.ru"))
        )
        copy_in(database, *range(3, 60))
        ended = await together(
            *((one, two)[n % 2].add(new_customer(email=f"{n}@many.example.ru")) for n in range(100))
        )
    assert kinds(ended) == [Customer] * 100
    numbers = [end.id for end in ended if isinstance(end, Customer)]
    assert len(set(numbers)) == 100
    assert min(numbers) >= 60


async def test_exhausted_ids_are_a_state_of_the_server_until_the_column_is_wider(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    execute(database, "SELECT setval('customers_id_seq', 2147483647)")
    async with patient_customers(database) as customers:
        ended = await together(
            *(customers.add(new_customer(email=f"{n}@example.ru")) for n in range(3))
        )
        assert kinds(ended) == [RepositoryUnavailableError] * 3
        assert "ALTER TABLE customers ALTER id TYPE bigint" in str(ended[0])
        assert caplog.text.count("database error") == 1
        with pytest.raises(RepositoryUnavailableError, match="the ids of customers are used up"):
            await customers.ensure_ready()
    execute(database, "ALTER TABLE customers ALTER id TYPE bigint")
    execute(database, "ALTER SEQUENCE customers_id_seq AS bigint NO MAXVALUE")
    async with patient_customers(database) as customers:
        await customers.ensure_ready()
        assert (await customers.add(new_customer())).customer.id == 2147483648


@pytest.mark.parametrize(("taken", "is_warned"), [(0.79, False), (0.81, True)])
async def test_end_of_the_ids_is_told_from_four_fifths_on(
    database: str, caplog: pytest.LogCaptureFixture, *, taken: float, is_warned: bool
) -> None:
    execute(database, "SELECT setval('customers_id_seq', %s)", int(2147483647 * taken))
    async with patient_customers(database) as customers:
        await customers.ensure_ready()
        await customers.add(new_customer())
    assert caplog.text.count("ids of customers are left") == int(is_warned)
