"""Адреса, которые отличаются только регистром: миграция переписывает их, проверка называет."""

import psycopg
import pytest

from adapters.postgres.customer_records import PostgresCustomerRecords
from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.upgrade import MigrationError, migrate, schema_status
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer
from tests.support.schema import ADD, emails, execute_many, schema_differences
from tests.support.sql import execute

FINAL, MEDIAL, LIGATURE = "οδος@example.gr", "οδοσ@example.gr", "anna@ﬁrma.gr"
BOTH = (
    "SELECT id, customers.email, emails_as_given.email FROM customers"
    " LEFT JOIN emails_as_given ON customer_id = id AND compared = customers.email ORDER BY id"
)


@pytest.fixture
def before(database: str) -> str:
    """База данных версии, которая сравнивала нормальную форму."""
    execute(database, "DROP TABLE emails_as_given")
    execute(database, "UPDATE crm_api_schema_version SET version_num = '0008'")
    return database


def told(database: str) -> list[tuple[int, str]]:
    found = [one for batch in audit(database, log_sql=False) for one in batch.violations]
    assert {one.field for one in found} <= {"email"}
    return sorted((one.customer_id, one.code) for one in found)


@pytest.mark.anyio
async def test_migration_keeps_the_email_as_given_beside_what_is_compared(before: str) -> None:
    execute_many(before, ADD, ("ivan@example.ru",), (FINAL,), (LIGATURE,), ("иван@пример.рф",))
    assert told(before) == []
    migrate(before, log_sql=False)
    assert schema_differences(before) == []
    assert execute(before, BOTH) == [
        (1, "ivan@example.ru", None),
        (2, MEDIAL, FINAL),
        (3, "anna@firma.gr", LIGATURE),
        (4, "иван@пример.рф", None),
    ]
    assert told(before) == []
    async with postgres_customers(before, log_sql=False) as customers:
        for spelling in (FINAL, MEDIAL, "ΟΔΟΣ@EXAMPLE.gr"):
            with pytest.raises(EmailAlreadyRegisteredError) as caught:
                await customers.add(new_customer(email=spelling))
            assert caught.value.customer_id == 2


def test_two_customers_of_one_mailbox_stay_and_are_told(
    before: str, caplog: pytest.LogCaptureFixture
) -> None:
    execute_many(before, ADD, (FINAL,), (MEDIAL,), ("ſς@a.gr",), ("ſσ@a.gr",), ("c@a.gr",))
    both = [(1, "same_email"), (2, "same_email"), (3, "same_email"), (4, "same_email")]
    assert told(before) == both
    migrate(before, log_sql=False)
    assert execute(before, BOTH) == [
        (1, FINAL, None),
        (2, MEDIAL, None),
        (3, "sσ@a.gr", "ſς@a.gr"),
        (4, "ſσ@a.gr", None),
        (5, "c@a.gr", None),
    ]
    assert "2 customers have an e-mail that differs from another customer's by case" in caplog.text
    assert told(before) == sorted([*both, (1, "not_normal"), (4, "not_normal")])


def test_email_that_an_older_program_stored_meanwhile_is_told(database: str) -> None:
    execute_many(database, ADD, (FINAL,), ("Ivan@example.ru",), ("ivan@example.ru",))
    assert told(database) == [
        (1, "not_normal"),
        (2, "not_normal"),
        (2, "same_email"),
        (3, "same_email"),
    ]


def test_registrations_and_readers_of_the_earlier_version_are_not_waited_for(before: str) -> None:
    execute_many(before, ADD, (FINAL,))
    with psycopg.connect(before) as other:
        other.execute(ADD, ["ivan@example.ru"])
        other.execute("SELECT FROM customers")
        migrate(before, log_sql=False)
    assert emails(before) == {1: MEDIAL, 2: "ivan@example.ru"}


def test_dry_run_rewrites_nobody(before: str) -> None:
    execute_many(before, ADD, (FINAL,))
    migrate(before, log_sql=False, is_dry_run=True)
    assert emails(before) == {1: FINAL}
    assert schema_status(before, log_sql=False).pending == ("0009",)


@pytest.mark.anyio
async def test_email_that_was_changed_past_the_service_is_what_counts(database: str) -> None:
    async with postgres_customers(database, log_sql=False) as customers:
        await customers.add(new_customer(email=FINAL))
        execute(database, "UPDATE customers SET email = 'anna@example.gr'")
        found = await PostgresCustomerRecords(database, log_sql=False).find(1)
        assert found
        assert found.fields["email"] == "anna@example.gr"
        execute(database, "DELETE FROM customers; ALTER SEQUENCE customers_id_seq RESTART")
        again = await customers.add(new_customer(email=LIGATURE))
    assert again.customer.id == 1
    assert execute(database, BOTH) == [(1, "anna@firma.gr", LIGATURE)]


def test_case_alone_stops_the_adoption_and_is_listed_by_id(earlier: str) -> None:
    execute_many(earlier, ADD, (FINAL,), ("b@example.gr",), ("ΟΔΟΣ@example.gr",), (MEDIAL,))
    assert told(earlier) == [
        (1, "same_email"),
        (3, "not_normal"),
        (3, "same_email"),
        (4, "same_email"),
    ]
    with pytest.raises(MigrationError, match="by case alone\\): 1, 3, 4; nothing was changed"):
        migrate(earlier, log_sql=False)
    execute_many(earlier, "DELETE FROM customers WHERE id IN (1, 4)")
    migrate(earlier, log_sql=False)
    assert execute(earlier, BOTH) == [(2, "b@example.gr", None), (3, MEDIAL, FINAL)]
    assert told(earlier) == []


def test_what_is_no_address_is_adopted_as_it_is(earlier: str) -> None:
    # Приравнять «＠» к «@» значило бы остановить миграцию из-за того, что и не адрес.
    execute_many(earlier, ADD, ("a＠b.ru",), ("a@b.ru",), ("Σ ς",), ("Σ σ",))
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {1: "a＠b.ru", 2: "a@b.ru", 3: "σ ς", 4: "σ σ"}


def test_address_that_would_become_too_long_stays_as_it_was(before: str) -> None:
    long = f"a@{'\ufdfa' * 6}.ru"
    execute_many(before, ADD, (long,))
    migrate(before, log_sql=False)
    assert execute(before, BOTH) == [(1, long, None)]
    assert told(before) == [(1, "too_long")]


def test_citext_decides_what_is_taken(before: str) -> None:
    try:
        execute(before, "CREATE EXTENSION citext")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("citext is not installed")
    execute(before, "ALTER TABLE customers ALTER email TYPE citext")
    execute_many(before, ADD, ("ſARA@a.gr",), ("ſara.b@a.gr",), ("SARA.b@a.gr",))
    migrate(before, log_sql=False)
    assert (
        execute(before, "SELECT id, email::text FROM customers ORDER BY id")[2][1] == "SARA.b@a.gr"
    )
