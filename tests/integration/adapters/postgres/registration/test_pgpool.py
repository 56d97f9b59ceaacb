"""pgpool-II: через него и пишется, и проверяется записанное."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.postgres.embedded.folders import Folders
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.upgrade import migrate
from application.idempotency import IdempotencyKey
from domain.customer import Customer
from tests.faults.pgpool import running_pgpool
from tests.support.batches import kinds, patient_customers, stored, together
from tests.support.customers import new_customer
from tests.support.embedded_server import linux_only, own_server_only
from tests.support.required_programs import needs
from tests.support.sql import add_trigger, execute, order

pytestmark = [
    linux_only,
    pytest.mark.anyio,
    needs("pgpool"),
    own_server_only,
]

_END_ALL = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE application_name = 'crm-api' AND datname = current_database()"
)


@pytest.fixture
def pooled(database: str, data_root: Path) -> Iterator[str]:
    """Адрес той же базы данных через pgpool-II."""
    with running_pgpool(database, Folders(data_root / "shared")) as url:
        yield url


async def test_replaced_servers_keep_every_promise(database: str, pooled: str) -> None:
    order(database, "synchronous_commit", "off")
    weak = "BEFORE INSERT ON customers WHEN (current_setting('synchronous_commit') = 'off')"
    add_trigger(database, "refuse", weak, "RAISE 'the commit does not wait for the disk'")
    async with patient_customers(pooled) as customers:
        for first in range(0, 100, 20):
            ended = await together(
                *(
                    customers.add(
                        new_customer(email=f"{n}@example.ru"),
                        IdempotencyKey(f"{n}") if n % 3 else None,
                    )
                    for n in range(first, first + 20)
                )
            )
            assert kinds(ended) == [Customer] * 20
            execute(database, _END_ALL)
    assert len(stored(database)) == 100


async def test_other_programs_find_no_setting_of_ours(pooled: str) -> None:
    async with patient_customers(pooled) as customers:
        await customers.add(new_customer())
    assert execute(pooled, "SHOW lock_timeout") == [("0",)]


def test_audit_reads_through_it(database: str, pooled: str) -> None:
    execute(
        database,
        "INSERT INTO customers (name, email, registered_at)"
        " SELECT 'Ivan', n || CASE n WHEN 15000 THEN '@Example.ru' ELSE '@example.ru' END, now()"
        " FROM generate_series(1, 25000) AS n",
    )
    batches = list(audit(pooled, log_sql=False))
    assert [batch.checked for batch in batches] == [10_000, 10_000, 5_000]
    assert [(one.customer_id, one.code) for batch in batches for one in batch.violations] == [
        (15_000, "not_normal")
    ]


def test_schema_is_made_through_it(empty_database: str, data_root: Path) -> None:
    with running_pgpool(empty_database, Folders(data_root / "shared")) as url:
        migrate(url, log_sql=False)
        migrate(url, log_sql=False)
    assert execute(empty_database, "SELECT count(*) FROM customers") == [(0,)]
