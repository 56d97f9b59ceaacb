"""Какие таблицы customers ведутся как есть, а какие нет: почему и что с ними сделать."""

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.registration.repository import postgres_customers
from adapters.postgres.schema.adoption import check_adoptable
from adapters.postgres.schema.audit import audit
from adapters.postgres.schema.upgrade import MigrationError, migrate
from application.idempotency import IdempotencyKey
from domain.errors import EmailAlreadyRegisteredError
from tests.support.customers import new_customer
from tests.support.earlier_table import EARLIER_TABLE
from tests.support.schema import ADD, execute_many
from tests.support.sql import execute

_COLUMNS = EARLIER_TABLE.partition("(")[2].rpartition(")")[0]
_BEHIND = "ALTER TABLE customers RENAME TO people; {} customers AS SELECT * FROM people"
_MADE_ANEW = "DROP TABLE customers; CREATE {} customers (" + _COLUMNS + ") {}"
_PARTED = _MADE_ANEW.format("TABLE", "PARTITION BY HASH (id)")
_COMPUTED = (
    "DROP INDEX ix_customers_email; ALTER TABLE customers DROP email, ADD login varchar(100),"
    " ADD email varchar(100) GENERATED ALWAYS AS (lower(login)) STORED"
)
_TRIGGER_OFF = (
    "ALTER TABLE customers ALTER id DROP DEFAULT;"
    " CREATE FUNCTION give() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.id := nextval('customers_id_seq'); RETURN NEW; END $$;"
    " CREATE TRIGGER give BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION give();"
    " ALTER TABLE customers DISABLE TRIGGER give"
)

REFUSED = {
    "view": (_BEHIND.format("CREATE VIEW"), "is a view, .* rename the view"),
    "materialized view": (_BEHIND.format("CREATE MATERIALIZED VIEW"), "is a materialized view"),
    "partitioned": (_PARTED, "is partitioned, .* copy its rows"),
    "partition": (
        _PARTED + "; ALTER TABLE customers RENAME TO all_customers; CREATE TABLE customers"
        " PARTITION OF all_customers FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "is partitioned",
    ),
    "inherited": (
        "CREATE TABLE wholesalers () INHERITS (customers)",
        "tables that inherit from it, .* NO INHERIT customers",
    ),
    "unlogged": ("ALTER TABLE customers SET UNLOGGED", "a crash empties it: .* SET LOGGED"),
    "text ids": ("ALTER TABLE customers ALTER id TYPE text", "ids of the type text"),
    "numeric ids": ("ALTER TABLE customers ALTER id TYPE numeric", "ids of the type numeric"),
    "ids twice": ("ALTER TABLE customers DROP CONSTRAINT customers_pkey", "one id: .* PRIMARY KEY"),
    "ids that count down": (
        "ALTER SEQUENCE customers_id_seq INCREMENT -1 MINVALUE -9 START -1 RESTART",
        "counts down or begins anew: ALTER SEQUENCE public.customers_id_seq INCREMENT 1 NO CYCLE",
    ),
    "ids that begin anew": ("ALTER SEQUENCE customers_id_seq CYCLE", "begins anew"),
    "no ids": (
        "ALTER TABLE customers ALTER id DROP DEFAULT",
        r"no id: .* ALTER id SET DEFAULT nextval\('public.customers_id_seq'\)",
    ),
    "ids of a trigger that is off": (_TRIGGER_OFF, "gives new customers no id"),
    "ids of no sequence": ("DROP SEQUENCE customers_id_seq CASCADE", "no sequence of its own"),
    "rules": (
        "CREATE RULE keep AS ON INSERT TO customers DO ALSO NOTHING",
        "rules ON INSERT .*: DROP RULE keep ON customers",
    ),
    "computed e-mail": (
        _COMPUTED,
        "computes email itself.* ALTER email DROP EXPRESSION",
    ),
    "quoted column": (
        'ALTER TABLE customers RENAME email TO "Email"',
        'no column email; .* RENAME "Email" TO email',
    ),
    "quoted name": (
        'ALTER TABLE customers RENAME TO "Customers"',
        'a table public."Customers", .*: ALTER TABLE public."Customers" RENAME TO customers to',
    ),
    "another schema": (
        "CREATE SCHEMA shop; ALTER TABLE customers SET SCHEMA shop",
        r"a table shop.customers, .*: ALTER ROLE … SET search_path = shop to",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_table_that_cannot_be_served_is_refused_with_a_reason(earlier: str, kind: str) -> None:
    change, message = REFUSED[kind]
    execute(earlier, change)
    with pytest.raises(MigrationError, match=message) as caught:
        migrate(earlier, log_sql=False)
    assert "nothing was changed" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert execute(earlier, "SELECT to_regclass('idempotency_keys')") == [(None,)]


@pytest.mark.parametrize("kind", sorted(REFUSED.keys() - {"quoted name", "another schema"}))
def test_check_refuses_what_the_adoption_would(earlier: str, kind: str) -> None:
    change, message = REFUSED[kind]
    execute(earlier, change)
    with pytest.raises(MigrationError, match=message):
        check_adoptable(earlier, log_sql=False)


def test_foreign_table_is_refused_with_a_reason(earlier: str) -> None:
    try:
        execute(earlier, "CREATE EXTENSION postgres_fdw")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("postgres_fdw is not installed")
    execute(
        earlier,
        "CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw; DROP TABLE customers;"
        "CREATE FOREIGN TABLE customers (id integer, email text) SERVER other",
    )
    with pytest.raises(MigrationError, match="is a foreign table"):
        migrate(earlier, log_sql=False)


@pytest.fixture
def with_uuids(empty_database: str) -> str:
    """База данных, где номер покупателя — UUID."""
    execute(
        empty_database,
        f"CREATE TABLE customers ({_COLUMNS.replace('SERIAL', 'uuid DEFAULT gen_random_uuid()')})",
    )
    execute_many(empty_database, ADD, ("Ivan@Example.ru",))
    return empty_database


def test_audit_refuses_what_the_adoption_would(with_uuids: str) -> None:
    with pytest.raises(MigrationError, match="ids of the type uuid"):
        list(audit(with_uuids, log_sql=False))


@pytest.mark.anyio
async def test_uuids_are_refused_and_the_advice_is_right(with_uuids: str) -> None:
    with pytest.raises(MigrationError, match=r"ids of the type uuid, .* IDENTITY UNIQUE$"):
        migrate(with_uuids, log_sql=False)
    execute(with_uuids, "ALTER TABLE customers RENAME id TO number")
    execute(
        with_uuids,
        "ALTER TABLE customers ADD id bigint GENERATED BY DEFAULT AS IDENTITY UNIQUE",
    )
    migrate(with_uuids, log_sql=False)
    await registers(with_uuids, first_id=2)


SERVED = {
    "wide ids": "ALTER TABLE customers ALTER id TYPE bigint",
    "narrow ids": "ALTER TABLE customers ALTER id TYPE smallint",
    "identity": (
        "ALTER TABLE customers ALTER id DROP DEFAULT; DROP SEQUENCE customers_id_seq;"
        "ALTER TABLE customers ALTER id ADD GENERATED ALWAYS AS IDENTITY (START 2)"
    ),
    "ids of a trigger": (
        "ALTER TABLE customers ALTER id DROP DEFAULT;"
        "CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.id := nextval('customers_id_seq'); RETURN NEW; END $$;"
        "CREATE TRIGGER number BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION number()"
    ),
    "rule of deletion": "CREATE RULE keep AS ON DELETE TO customers DO ALSO NOTHING",
    "domain of ids": (
        "CREATE DOMAIN customer_number AS integer CHECK (VALUE > 0);"
        "ALTER TABLE customers ALTER id TYPE customer_number"
    ),
    "domain of e-mails": (
        "CREATE DOMAIN address AS varchar(200) CHECK (position('@' IN VALUE) > 0);"
        "ALTER TABLE customers ALTER email TYPE address"
    ),
    "texts": "ALTER TABLE customers ALTER name TYPE text, ALTER email TYPE text",
    "padded texts": "ALTER TABLE customers ALTER name TYPE char(100), ALTER email TYPE char(100)",
    "small age": "ALTER TABLE customers ALTER age TYPE smallint",
    "time with a zone": "ALTER TABLE customers ALTER registered_at TYPE timestamptz",
    "time in seconds": "ALTER TABLE customers ALTER registered_at TYPE timestamp(0)",
    "heir of another": (
        "CREATE TABLE people (name varchar(100));ALTER TABLE customers INHERIT people"
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", SERVED)
async def test_table_of_another_shape_is_served(earlier: str, kind: str) -> None:
    execute_many(earlier, ADD, ("Ivan@Example.ru",))
    execute(earlier, SERVED[kind])
    assert sum(batch.checked for batch in audit(earlier, log_sql=False)) == 1
    migrate(earlier, log_sql=False)
    assert [one.violations for one in audit(earlier, log_sql=False)] == [[]]
    await registers(earlier, first_id=2)


async def registers(database: str, *, first_id: int) -> None:
    """Записывает с ключом и без, узнаёт повтор и занятый адрес."""
    key = IdempotencyKey("key")
    with_key, without = new_customer(email="k@example.ru"), new_customer(email="n@example.ru")
    async with postgres_customers(database, log_sql=False) as customers:
        assert (await customers.add(without)).customer.id == first_id
        first = await customers.add(with_key, key)
        assert (await customers.add(with_key, key)).customer == first.customer
        for taken in (without, with_key, new_customer(email="ivan@example.ru")):
            with pytest.raises(EmailAlreadyRegisteredError):
                await customers.add(taken)
        await customers.ensure_ready()


@pytest.fixture
def in_another_schema(earlier: str) -> str:
    """База данных, где таблица не там, где её ищут."""
    execute_many(earlier, ADD, ("Ivan@Example.ru",))
    execute(earlier, "CREATE SCHEMA shop")
    execute(earlier, "ALTER TABLE customers SET SCHEMA shop")
    return earlier


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["shop", "public, shop"])
async def test_schema_that_is_named_is_the_one_that_is_served(
    in_another_schema: str, path: str
) -> None:
    name = conninfo_to_dict(in_another_schema)["dbname"]
    execute(in_another_schema, f"ALTER DATABASE {name} SET search_path = {path}")
    migrate(in_another_schema, log_sql=False)
    await registers(in_another_schema, first_id=2)
    assert execute(in_another_schema, "SELECT count(*) FROM shop.customers") == [(3,)]


@pytest.mark.anyio
async def test_empty_table_is_made_beside_another_when_its_schema_is_named(
    in_another_schema: str,
) -> None:
    migrate(make_conninfo(in_another_schema, options="-c search_path=public"), log_sql=False)
    assert execute(in_another_schema, "SELECT count(*) FROM public.customers") == [(0,)]


def test_row_security_that_hides_rows_of_the_adoption_is_refused(earlier: str) -> None:
    execute(earlier, "ALTER TABLE customers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    with psycopg.connect(earlier, autocommit=True) as admin:
        role = sql.Identifier(f"owner_{conninfo_to_dict(earlier)['dbname']}")
        admin.execute(sql.SQL("CREATE ROLE {}").format(role))
        admin.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(role))
        admin.execute(sql.SQL("ALTER TABLE customers OWNER TO {}").format(role))
        try:
            name = role.as_string().strip('"')
            with pytest.raises(MigrationError, match="row security, which may hide customers"):
                migrate(make_conninfo(earlier, options=f"-c role={name}"), log_sql=False)
        finally:
            admin.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(role))
            admin.execute(sql.SQL("DROP ROLE {}").format(role))
