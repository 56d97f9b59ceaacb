"""``crm-api keys``: забвение старых ключей идемпотентности."""

from datetime import UTC, datetime, timedelta

from adapters.postgres.old_keys import forget_keys
from tests.crm import Crm
from tests.integration.sql import execute


def test_old_keys_are_forgotten_and_customers_stay(crm: Crm, database: str) -> None:
    for n in range(4):
        email = f"{n}@example.ru"
        key = f"--idempotency-key=k{n}"
        crm(database, "register", "--name=Ivan", f"--email={email}", key)
    execute(
        database,
        "UPDATE idempotency_keys SET registered_at = registered_at - interval '30 days 1 hour'"
        " WHERE key IN ('k0', 'k1')",
    )
    assert crm(database, "keys", "clean", "--older-than", "31").stdout == (
        "Deleted 0 keys older than 31 days.\n"
    )
    cleaned = crm(database, "keys", "clean", "--older-than", "30", "--json")
    assert (cleaned.exit_code, cleaned.stdout) == (0, '{"deleted":2}\n')
    assert sorted(execute(database, "SELECT key FROM idempotency_keys")) == [("k2",), ("k3",)]
    assert execute(database, "SELECT count(*) FROM customers") == [(4,)]


def fill_keys(database: str, count: int) -> None:
    """Записывает ключи: каждый третий на день моложе остальных."""
    execute(
        database,
        "INSERT INTO idempotency_keys SELECT n, ''::bytea, n,"
        " CASE WHEN mod(n, 3) = 0 THEN '2026-01-02'::timestamp ELSE '2026-01-01' END"
        " FROM generate_series(1, %s::integer) AS n",
        count,
    )


def test_keys_are_forgotten_in_bounded_batches(database: str) -> None:
    fill_keys(database, 3000)
    before = datetime(2026, 1, 2, tzinfo=UTC)
    batches = list(forget_keys(database, before=before, log_sql=False, pages=5))
    assert sum(batches) == 2000
    assert len(batches) > 3
    assert max(batches) < 1000
    assert execute(database, "SELECT count(*) FROM idempotency_keys") == [(1000,)]
    later = before + timedelta(hours=1)
    assert sum(forget_keys(database, before=later, log_sql=False)) == 1000


def test_a_batch_of_forgetting_reads_its_own_pages_only(database: str) -> None:
    fill_keys(database, 20_000)
    execute(database, "ANALYZE idempotency_keys")
    plan = execute(
        database,
        "EXPLAIN DELETE FROM idempotency_keys"
        " WHERE ctid >= CAST('(0,0)' AS tid) AND ctid < CAST('(9,0)' AS tid)",
    )
    assert "Tid Range Scan" in str(plan)
