"""База данных считает равным не то, что Python: чужой номер не достаётся никому."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from adapters.postgres.registration.dry_run import dry_run_customers
from adapters.postgres.registration.repository import PostgresCustomerRepository
from adapters.postgres.registration.session import statements
from adapters.postgres.schema.upgrade import migrate, schema_status
from application.customer_repository import Registration
from application.idempotency import IdempotencyKey
from domain.errors import EmailAlreadyRegisteredError
from tests.support.batches import kinds, patient_customers
from tests.support.customers import new_customer
from tests.support.icu_server import icu_server
from tests.support.lossy_link import Loss, lossy_link
from tests.support.schema import LATER_TABLES
from tests.support.sql import add_trigger, execute, new_database

pytestmark = pytest.mark.anyio

type MakeKey = Callable[[str], IdempotencyKey | None]

with_keys_and_without = pytest.mark.parametrize(
    "key",
    [lambda email: IdempotencyKey(ascii(email)), lambda _: None],
    ids=["with keys", "without keys"],
)
ACCENTED, PLAIN = "é@example.ru", "e@example.ru"
NO_ACCENTS = (
    "CREATE COLLATION no_accents"
    " (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
)


@pytest.fixture(scope="module")
def icu_url(server_url: str, data_root: Path) -> Iterator[str]:
    with icu_server(server_url, data_root / "icu") as url:
        yield url


@pytest.fixture
def icu_database(icu_url: str) -> Iterator[str]:
    """База данных со схемой, где é и e в адресе равны."""
    with new_database(icu_url, "ENCODING 'UTF8' TEMPLATE template0") as database:
        migrate(database, log_sql=False)
        execute(database, NO_ACCENTS)
        execute(
            database, 'ALTER TABLE customers ALTER email TYPE varchar(100) COLLATE "no_accents"'
        )
        yield database


@pytest.fixture
def citext_database(icu_url: str) -> Iterator[str]:
    """База данных со схемой, где регистр букв в адресе не важен."""
    with new_database(icu_url, "ENCODING 'UTF8' TEMPLATE template0") as database:
        migrate(database, log_sql=False)
        try:
            execute(database, "CREATE EXTENSION citext")
        except psycopg.errors.FeatureNotSupported:
            pytest.skip("citext is not installed")
        execute(database, "ALTER TABLE customers ALTER email TYPE citext")
        yield database


@pytest.fixture
async def customers(icu_database: str) -> AsyncIterator[PostgresCustomerRepository]:
    async with patient_customers(icu_database) as customers:
        yield customers


def stored(database: str, table: str = "customers") -> object:
    return execute(database, f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 — имя из этого теста


@with_keys_and_without
async def test_of_two_equal_addresses_in_a_batch_one_registers(
    icu_database: str, customers: PostgresCustomerRepository, key: MakeKey
) -> None:
    ended = await asyncio.gather(
        *(customers.add(new_customer(email=email), key(email)) for email in (ACCENTED, PLAIN)),
        return_exceptions=True,
    )
    assert set(kinds(ended)) == {Registration, EmailAlreadyRegisteredError}
    assert stored(icu_database) == 1
    assert stored(icu_database, "idempotency_keys") == (key("any") is not None)


@with_keys_and_without
async def test_address_equal_to_a_stored_one_is_taken(
    customers: PostgresCustomerRepository, key: MakeKey
) -> None:
    await customers.add(new_customer(email=ACCENTED))
    with pytest.raises(EmailAlreadyRegisteredError):
        await customers.add(new_customer(email=PLAIN), key(PLAIN))


@with_keys_and_without
async def test_whoever_is_told_that_he_is_registered_is_stored(
    icu_database: str, customers: PostgresCustomerRepository, key: MakeKey
) -> None:
    emails = [f"{letter}{n}@example.ru" for n in range(200) for letter in "éeê"]
    ended = await asyncio.gather(
        *(customers.add(new_customer(email=email), key(email)) for email in emails),
        return_exceptions=True,
    )
    told = {end.customer.id: end.customer.email for end in ended if isinstance(end, Registration)}
    assert len(told) == 200
    assert sorted(told.items()) == execute(
        icu_database, "SELECT id, email FROM customers ORDER BY id"
    )
    refused = [end for end in ended if isinstance(end, EmailAlreadyRegisteredError)]
    assert len(refused) == 400


@with_keys_and_without
async def test_lost_answer_does_not_give_away_the_number_of_an_equal_address(
    icu_database: str, key: MakeKey
) -> None:
    async with lossy_link(icu_database) as link, patient_customers(link.url) as customers:
        await customers.add(new_customer(email="first@example.ru"), key("first"))
        link.lose(Loss.ANSWER)
        ended = await asyncio.gather(
            *(customers.add(new_customer(email=email), key(email)) for email in (ACCENTED, PLAIN)),
            return_exceptions=True,
        )
    assert set(kinds(ended)) == {Registration, EmailAlreadyRegisteredError}
    assert stored(icu_database) == 2


def test_collation_of_the_addresses_is_told(icu_database: str) -> None:
    email = schema_status(icu_database, log_sql=False).email
    assert email == (
        "character varying(100), COLLATE no_accents, to which different addresses are equal"
    )


def test_adoption_makes_the_index_compare_as_the_column_does(icu_database: str) -> None:
    execute(icu_database, f"DROP TABLE crm_api_schema_version, idempotency_keys, {LATER_TABLES}")
    execute(icu_database, "DROP INDEX ix_customers_email")
    execute(icu_database, 'CREATE UNIQUE INDEX ix_customers_email ON customers (email COLLATE "C")')
    migrate(icu_database, log_sql=False)
    add = "INSERT INTO customers (name, email, registered_at) VALUES ('I', %s, now())"
    execute(icu_database, add, ACCENTED)
    with pytest.raises(psycopg.errors.UniqueViolation):
        execute(icu_database, add, PLAIN)


async def test_dry_run_knows_equal_addresses(icu_database: str) -> None:
    async with patient_customers(icu_database) as customers:
        await customers.add(new_customer(email=ACCENTED))
    async with dry_run_customers(icu_database, log_sql=False) as trial:
        with pytest.raises(EmailAlreadyRegisteredError):
            await trial.add(new_customer(email=PLAIN))


@with_keys_and_without
async def test_address_that_differs_by_case_only_is_taken_where_the_column_is_citext(
    citext_database: str, key: MakeKey
) -> None:
    execute(
        citext_database,
        "INSERT INTO customers (name, email, registered_at) VALUES ('I', 'IVAN@Example.ru', now())",
    )
    async with patient_customers(citext_database) as customers:
        ended = await asyncio.gather(
            *(
                customers.add(new_customer(email=email), key(email))
                for email in ("ivan@example.ru", "pyotr@example.ru", "pavel@example.ru")
            ),
            return_exceptions=True,
        )
        with pytest.raises(EmailAlreadyRegisteredError):
            await customers.add(new_customer(email="ivan@example.ru"), key("again"))
    assert kinds(ended) == [EmailAlreadyRegisteredError, Registration, Registration]
    assert stored(citext_database) == 3


async def test_owner_of_a_citext_address_is_found_by_the_index(citext_database: str) -> None:
    (one, *_) = statements("citext")
    with psycopg.connect(citext_database) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE one AS {one.sql}".encode())
        plan = connection.execute(
            "EXPLAIN EXECUTE one('a', 'a@example.ru', 1, '', '', '', '', now()::timestamp, '', '')"
        ).fetchall()
    assert "Index Scan using ix_customers_email" in str(plan)


@with_keys_and_without
async def test_address_that_the_table_changes_is_not_stored_and_harms_no_neighbour(
    database: str, key: MakeKey, caplog: pytest.LogCaptureFixture
) -> None:
    add_trigger(
        database,
        "change",
        "BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.email ~ 'changed')",
        "NEW.email := 'x' || NEW.email; RETURN NEW",
    )
    async with patient_customers(database) as customers:
        ended = await asyncio.gather(
            *(
                customers.add(new_customer(email=email), key(email))
                for email in ("a@example.ru", "changed@example.ru", "b@example.ru")
            ),
            return_exceptions=True,
        )
    assert kinds(ended) == [Registration, UnexpectedDatabaseError, Registration]
    assert "the table changes the e-mail that is sent" in str(ended[1])
    assert "@" not in caplog.text
    assert execute(database, "SELECT email FROM customers ORDER BY email") == [
        ("a@example.ru",),
        ("b@example.ru",),
    ]
