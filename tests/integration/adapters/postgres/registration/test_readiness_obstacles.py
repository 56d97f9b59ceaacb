"""Что мешает записать кого бы то ни было, то готовность замечает и без просьб; остальное нет."""

import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from adapters.postgres.registration.repository import postgres_customers
from domain.customer import Customer
from tests.support.batches import kinds, outcomes
from tests.support.customers import new_customer
from tests.support.embedded_server import own_server_only
from tests.support.plain_role import plain_role
from tests.support.readiness import eventually_ready, eventually_refused
from tests.support.schema import WRITE
from tests.support.sql import add_trigger, execute

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("harm", "remedy"),
    [
        (
            "REVOKE ALL ON SEQUENCE customers_id_seq FROM {}",
            "GRANT USAGE ON SEQUENCE customers_id_seq TO {}",
        ),
        (
            "ALTER TABLE customers ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY see ON customers USING (true)",
        ),
        (
            "SELECT setval('customers_id_seq', 2147483647)",
            "SELECT setval('customers_id_seq', 1)",
        ),
        (
            "ALTER TABLE customers ALTER id DROP DEFAULT",
            "ALTER TABLE customers ALTER id SET DEFAULT nextval('customers_id_seq')",
        ),
        ("ALTER TABLE customers SET UNLOGGED", "ALTER TABLE customers SET LOGGED"),
        ("ALTER TABLE waiting_events SET UNLOGGED", "ALTER TABLE waiting_events SET LOGGED"),
    ],
    ids=["sequence", "row security", "ids", "default", "unlogged", "unlogged events"],
)
async def test_obstacle_comes_and_goes_without_traffic(
    database: str, harm: str, remedy: str
) -> None:
    with plain_role(database) as (role, url):
        async with postgres_customers(url, log_sql=False) as customers:
            await eventually_ready(customers)
            execute(database, harm.format(role))
            await eventually_refused(customers)
            execute(database, remedy.format(role))
            await eventually_ready(customers)
            await customers.add(new_customer())


async def test_service_that_cannot_tell_of_repeats_is_not_ready(database: str) -> None:
    with plain_role(database) as (role, url):
        async with postgres_customers(url, log_sql=False, is_discreet=True) as customers:
            await eventually_ready(customers)
            execute(database, f"REVOKE INSERT ON repeated_registrations FROM {role}")
            await eventually_refused(customers)
            execute(database, f"GRANT INSERT ON repeated_registrations TO {role}")
            await eventually_ready(customers)


@own_server_only
@pytest.mark.parametrize("is_asked_first", [True, False])
async def test_only_connection_of_a_role_is_the_one_that_writes(
    database: str, *, is_asked_first: bool
) -> None:
    execute(database, f"{WRITE} crm_user")
    execute(database, "GRANT USAGE ON SEQUENCE customers_id_seq TO crm_user")
    execute(database, "ALTER ROLE crm_user CONNECTION LIMIT 1")
    try:
        limited = make_conninfo(database, user="crm_user")
        async with postgres_customers(limited, log_sql=False) as customers:
            if is_asked_first:
                await eventually_ready(customers)
            for n in range(5):
                await customers.add(new_customer(email=f"{n}@example.ru"))
                await eventually_ready(customers)
    finally:
        execute(database, "ALTER ROLE crm_user CONNECTION LIMIT -1")


async def test_row_that_a_trigger_hides_is_one_bad_row(database: str) -> None:
    hide = "BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.email = 'bad@example.ru')"
    add_trigger(database, "hide", hide, "RETURN NULL")
    async with postgres_customers(database, log_sql=False) as customers:
        ended = await outcomes(customers, ["1@example.ru", "bad@example.ru", "2@example.ru"])
        assert kinds(ended) == [Customer, UnexpectedDatabaseError, Customer]
        await eventually_ready(customers)
