"""За пулом верность записи не зависит от того, какому серверу досталась команда."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.embedded.folders import Folders
from application.customer_repository import RepositoryUnavailableError
from application.idempotency import IdempotencyKey
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError
from tests.faults.pooler import replace_servers, running_pooler
from tests.support.batches import kinds, patient_customers, stored, together
from tests.support.customers import new_customer
from tests.support.embedded_server import linux_only, own_server_only
from tests.support.required_programs import needs
from tests.support.sql import add_trigger, execute, order, warn_of_no_standby

pytestmark = [
    linux_only,
    pytest.mark.anyio,
    needs("pgbouncer"),
    own_server_only,
]

_IS_CARELESS = (
    "current_setting('synchronous_commit') = 'off'"
    " OR current_setting('lock_timeout') <> '500ms'"
    " OR current_setting('transaction_isolation') <> 'read committed'"
)


@pytest.fixture(params=["session", "transaction", "statement"])
def pooled(database: str, data_root: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Адрес той же базы данных через PgBouncer, в каждом из его режимов."""
    folders = Folders(data_root / "shared")
    with running_pooler(database, folders, servers=3, mode=request.param) as url:
        yield url


@pytest.fixture
def careless(database: str, pooled: str) -> str:
    """Он же; а самой базе данных велено то, с чем записанное потерялось бы или исказилось."""
    order(database, "synchronous_commit", "off")
    order(database, "default_transaction_isolation", "serializable")
    order(database, "array_nulls", "off")
    order(database, "TimeZone", "Asia/Tokyo")
    weak = f"BEFORE INSERT ON customers WHEN ({_IS_CARELESS})"
    add_trigger(database, "refuse", weak, "RAISE 'what the service promised is not kept'")
    execute(database, "ALTER TABLE customers ALTER registered_at TYPE timestamptz")
    return pooled


async def test_replaced_servers_keep_every_promise(database: str, careless: str) -> None:
    given = [new_customer(email=f"{n}@example.ru", phone=None) for n in range(200)]
    async with patient_customers(careless) as one, patient_customers(careless) as two:
        for first in range(0, 200, 20):
            ended = await together(
                *(
                    (one, two)[n % 2].add(given[n], IdempotencyKey(f"{n}") if n % 3 else None)
                    for n in range(first, first + 20)
                ),
            )
            assert kinds(ended) == [Customer] * 20
            await asyncio.to_thread(replace_servers, careless)
    assert len(stored(database)) == 200
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT email, phone, registered_at FROM customers").fetchall()
    assert set(rows) == {(one.email, None, one.registered_at) for one in given}


async def test_other_programs_find_no_setting_of_ours(pooled: str) -> None:
    async with patient_customers(pooled) as customers:
        await customers.add(new_customer(), IdempotencyKey("k"))
        await customers.ensure_ready()
    ours = "'lock_timeout', 'plan_cache_mode', 'synchronous_commit', 'array_nulls'"
    left = f"SELECT name FROM pg_settings WHERE source = 'session' AND name IN ({ours})"  # noqa: S608 — из своих же строк
    for _ in range(3):
        with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as stranger:
            assert stranger.execute(left.encode()).fetchall() == []


async def test_loser_of_a_race_is_told_that_the_email_is_taken(
    database: str, careless: str
) -> None:
    async with patient_customers(careless) as one, patient_customers(careless) as two:
        for n in range(50):
            new = new_customer(email=f"{n}@example.ru")
            ended = await asyncio.gather(one.add(new), two.add(new), return_exceptions=True)
            assert EmailAlreadyRegisteredError in {type(end) for end in ended}
    assert len(stored(database)) == 50


async def test_warning_is_heard(database: str, pooled: str) -> None:
    order(database, "client_min_messages", "error")
    warn_of_no_standby(database)
    async with patient_customers(pooled) as customers:
        with pytest.raises(RepositoryUnavailableError):
            await customers.add(new_customer())


async def test_refusal_at_the_commit_is_no_success(database: str, pooled: str) -> None:
    add_trigger(
        database,
        "late",
        "AFTER INSERT ON customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
        "RAISE 'too late'",
    )
    async with patient_customers(pooled) as customers:
        ended = await together(
            *(customers.add(new_customer(email=f"{n}@example.ru")) for n in range(3)),
            customers.add(new_customer(email="key@example.ru"), IdempotencyKey("k")),
        )
    assert not {Customer, EmailAlreadyRegisteredError} & set(kinds(ended))
    assert stored(database) == []
