"""``crm-api keys``: забвение старых ключей идемпотентности."""

from datetime import UTC, datetime, timedelta, timezone

from adapters.postgres.schema.key_expiry import forget_keys
from tests.support.crm import Crm
from tests.support.eventually import eventually
from tests.support.sql import execute


def test_old_keys_are_forgotten_and_customers_stay(crm: Crm, database: str) -> None:
    for n in range(4):
        email = f"{n}@example.ru"
        key = f"--idempotency-key=k{n}"
        crm(database, "register", "--name=Ivan", f"--email={email}", key)
    # У k0, как у ключей прежней версии, своего времени нет; у k3 прошло только время покупателя.
    long_ago = "registered_at = registered_at - interval '30 days 1 hour'"
    for change in (
        f"{long_ago}, used_at = NULL WHERE key = 'k0'",
        "used_at = used_at - interval '30 days 1 hour' WHERE key = 'k1'",
        f"{long_ago} WHERE key = 'k3'",
    ):
        execute(database, f"UPDATE idempotency_keys SET {change}")  # noqa: S608 — своя строка
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
        "INSERT INTO idempotency_keys (key, fingerprint, customer_id, registered_at)"
        " SELECT n, ''::bytea, n,"
        " CASE WHEN mod(n, 3) = 0 THEN '2026-01-02'::timestamp ELSE '2026-01-01' END"
        " FROM generate_series(1, %s::integer) AS n",
        count,
    )


def test_keys_are_forgotten_in_bounded_batches(database: str) -> None:
    fill_keys(database, 3000)
    moscow = timezone(timedelta(hours=3))
    before = datetime(2026, 1, 2, 3, tzinfo=moscow)
    batches = list(forget_keys(database, before=before, log_sql=False, pages=5))
    assert sum(batches) == 2000
    assert len(batches) > 3
    assert max(batches) < 1000
    assert count_keys(database) == 1000
    later = before + timedelta(hours=1)
    assert sum(forget_keys(database, before=later, log_sql=False)) == 1000


def test_forgetting_that_is_stopped_keeps_what_it_has_done(database: str) -> None:
    fill_keys(database, 3000)
    before = datetime(2026, 1, 3, tzinfo=UTC)
    forgotten = next(forget_keys(database, before=before, log_sql=False, pages=5))
    assert 0 < forgotten < 1000
    assert count_keys(database) == 3000 - forgotten


def test_however_many_batches_the_table_is_read_once(database: str) -> None:
    fill_keys(database, 3000)
    execute(database, "VACUUM ANALYZE idempotency_keys")
    execute(database, "SELECT pg_stat_reset()")
    before = datetime(2025, 1, 1, tzinfo=UTC)
    assert sum(forget_keys(database, before=before, log_sql=False, pages=1)) == 0
    read = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'idempotency_keys'"
    assert eventually(lambda: execute(database, read)[0][0]) == 3000


def count_keys(database: str) -> int:
    """Сколько ключей помнится."""
    [(count,)] = execute(database, "SELECT count(*)::integer FROM idempotency_keys")
    assert isinstance(count, int)
    return count
