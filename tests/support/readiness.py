"""Что хранилище говорит о готовности, и ожидание того, что оно это скажет."""

import asyncio

from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from application.customer_repository import RepositoryUnavailableError
from tests.support.eventually import eventually


async def is_ready(database: str) -> bool:
    """Спрашивает в первый раз: прошлого ответа нет."""
    async with postgres_customers(database, log_sql=False) as customers:
        return not await refused(customers)


async def eventually_ready(customers: PostgresCustomerRepository) -> None:
    await eventually_says(customers, refusal=False)


async def eventually_refused(customers: PostgresCustomerRepository) -> None:
    await eventually_says(customers, refusal=True)


async def eventually_says(customers: PostgresCustomerRepository, *, refusal: bool) -> None:
    loop = asyncio.get_running_loop()

    def said() -> bool:
        asked = asyncio.run_coroutine_threadsafe(refused(customers), loop)
        return asked.result(30) is refusal

    await asyncio.to_thread(eventually, said)


async def refused(customers: PostgresCustomerRepository) -> bool:
    try:
        await customers.ensure_ready()
    except RepositoryUnavailableError:
        return True
    return False
