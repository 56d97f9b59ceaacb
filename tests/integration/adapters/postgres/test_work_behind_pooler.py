"""За PgBouncer идут и работы оператора: проба, миграции, проверка записанного, забвение ключей."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.postgres.connection import DatabaseError
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.key_expiry import forget_keys
from adapters.postgres.schema.upgrade import migrate, schema_status
from domain.errors import EmailAlreadyRegisteredError
from tests.faults.pooler import replace_servers, running_pooler
from tests.support.customers import new_customer
from tests.support.embedded_server import linux_only, own_server_only
from tests.support.required_programs import needs
from tests.support.sql import execute, order

pytestmark = [
    linux_only,
    needs("pgbouncer"),
    own_server_only,
]


@pytest.fixture
def pooled(empty_database: str, data_root: Path) -> Iterator[str]:
    """Адрес пустой базы данных через PgBouncer в режиме транзакций."""
    order(empty_database, "idle_in_transaction_session_timeout", "100ms")
    with running_pooler(empty_database, Folders(data_root / "shared"), servers=3) as url:
        yield url


@pytest.fixture
def by_statement(database: str, data_root: Path) -> Iterator[str]:
    """Адрес базы данных через PgBouncer, который держит сервер только на одну команду."""
    with running_pooler(database, Folders(data_root / "shared"), mode="statement") as url:
        yield url


@pytest.mark.anyio
async def test_dry_run_remembers_whatever_happens_to_the_servers(pooled: str) -> None:
    migrate(pooled, log_sql=False)
    async with dry_run_customers(pooled, log_sql=False) as customers:
        assert (await customers.add(new_customer())).customer.id == 1
        await asyncio.to_thread(replace_servers, pooled)
        for n in range(10):
            with pytest.raises(EmailAlreadyRegisteredError):
                await customers.add(new_customer())
            await customers.add(new_customer(email=f"{n}@example.ru"))
    # И временной таблицы не остаётся: она попалась бы следующей пробе.
    async with dry_run_customers(pooled, log_sql=False) as customers:
        assert (await customers.add(new_customer())).customer.id == 1
    assert execute(pooled, "SELECT count(*) FROM customers") == [(0,)]


def test_work_goes_on_whatever_happens_to_the_servers(pooled: str) -> None:
    migrate(pooled, log_sql=False)
    execute(
        pooled,
        "INSERT INTO idempotency_keys SELECT 'key' || n, '', n, '2026-01-01'"
        " FROM generate_series(1, 2000) AS n",
    )
    deleted = 0
    for count in forget_keys(pooled, before=datetime.now(UTC), log_sql=False, pages=1):
        deleted += count
        replace_servers(pooled)
    assert deleted == 2000
    execute(
        pooled,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT 'Ivan', n || '@example.ru', now() FROM generate_series(1, 80000) AS n",
    )
    checked = 0
    for batch in audit(pooled, log_sql=False):
        checked += batch.checked
        replace_servers(pooled)
    assert checked == 80_000


def migrated(url: str) -> None:
    migrate(url, log_sql=False)


def audited(url: str) -> None:
    list(audit(url, log_sql=False))


def asked(url: str) -> None:
    schema_status(url, log_sql=False)


@pytest.mark.parametrize("work", [migrated, audited, asked])
def test_pooler_that_keeps_no_transaction_is_refused_in_one_line(
    by_statement: str, work: Callable[[str], None]
) -> None:
    with pytest.raises(DatabaseError, match="a pooler in statement mode") as caught:
        work(by_statement)
    assert "\n" not in str(caught.value)


@pytest.mark.anyio
async def test_dry_run_needs_a_transaction_too(by_statement: str) -> None:
    with pytest.raises(DatabaseError, match="a pooler in statement mode"):
        async with dry_run_customers(by_statement, log_sql=False):
            pass
