"""Ключи, которые записала прежняя версия: их повторы не становятся «другими данными»."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import psycopg
import pytest

from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.customer_repository import Registration
from application.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from domain.customer import Customer, NewCustomer
from tests.support.customers import IVAN, LATER_AT, REGISTERED_AT, new_customer
from tests.support.idempotency_keys_contract import KEY
from tests.support.keys_of_earlier_version import EARLIER_KEYS, EarlierKey

pytestmark = pytest.mark.anyio

type Opened = Callable[..., AbstractAsyncContextManager[PostgresCustomerRepository]]

OPENED = [postgres_customers, dry_run_customers]
STORED_AT = REGISTERED_AT.replace(tzinfo=None)


def store(database: str, key: IdempotencyKey, kept: EarlierKey) -> int:
    """Записывает покупателя и ключ так, как они лежали у прежней версии."""
    with psycopg.connect(database, autocommit=True) as connection:
        row = {**kept.stored, "registered_at": STORED_AT}
        places = ", ".join(f"%({column})s" for column in row)
        insert = f"INSERT INTO customers ({', '.join(row)}) VALUES ({places}) RETURNING id"  # noqa: S608 — имена столбцов свои
        (customer_id,) = connection.execute(insert.encode(), row).fetchone() or (0,)
        connection.execute(
            "INSERT INTO idempotency_keys (key, fingerprint, customer_id, registered_at)"
            " VALUES (%s, %s, %s, %s)",
            [key.value, kept.fingerprint, customer_id, STORED_AT],
        )
    return int(customer_id)


@pytest.mark.parametrize("opened", OPENED)
async def test_keys_of_the_first_version_are_recognised(database: str, opened: Opened) -> None:
    keys = {title: IdempotencyKey(title) for title in EARLIER_KEYS}
    ids = {title: store(database, keys[title], kept) for title, kept in EARLIER_KEYS.items()}
    async with opened(database, log_sql=False) as customers:
        for title, kept in EARLIER_KEYS.items():
            again = NewCustomer(**kept.asked, registered_at=LATER_AT)
            first = Customer.of(again, id=ids[title], registered_at=REGISTERED_AT)
            answer = await customers.add(again, keys[title])
            assert answer == Registration(first, is_replay=True), title


@pytest.mark.parametrize("opened", OPENED)
async def test_where_the_fingerprint_differs_the_stored_customer_decides(
    database: str, opened: Opened
) -> None:
    address = 'Street "of 5 \\ 1"'
    stored = {**IVAN, "name": " Ivan Ivanov ", "age": None, "address": address}
    customer_id = store(database, KEY, EarlierKey({}, stored, b"of another normal form"))
    async with opened(database, log_sql=False) as customers:
        again = new_customer(age=None, address=address, registered_at=LATER_AT)
        answer = await customers.add(again, KEY)
        assert (answer.customer.id, answer.is_replay) == (customer_id, True)
        with pytest.raises(IdempotencyKeyReusedError):
            await customers.add(new_customer(), KEY)


@pytest.mark.parametrize("opened", OPENED)
async def test_deleted_customer_leaves_the_fingerprint_alone_to_decide(
    database: str, opened: Opened
) -> None:
    kept = EARLIER_KEYS["ascii"]
    store(database, KEY, kept)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM customers")
    async with opened(database, log_sql=False) as customers:
        assert (
            await customers.add(NewCustomer(**kept.asked, registered_at=LATER_AT), KEY)
        ).is_replay
        with pytest.raises(IdempotencyKeyReusedError):
            await customers.add(new_customer(age=1), KEY)
