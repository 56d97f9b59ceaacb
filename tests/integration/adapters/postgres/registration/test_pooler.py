"""PgBouncer в режиме транзакций: сервер под соединением меняется между командами."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.postgres.embedded.folders import Folders
from tests.faults.pooler import running_pooler
from tests.support.batches import RememberedErrors, patient_customers
from tests.support.customers import new_customer
from tests.support.embedded_server import linux_only, own_server_only
from tests.support.required_programs import needs
from tests.support.sessions import refused_commands

pytestmark = [
    linux_only,
    pytest.mark.anyio,
    needs("pgbouncer"),
    own_server_only,
]


@pytest.fixture
def pooled(database: str, data_root: Path) -> Iterator[str]:
    """Адрес той же базы данных через пул, у которого одно соединение с ней на всех."""
    with running_pooler(database, Folders(data_root / "shared"), servers=1) as url:
        yield url


async def test_server_that_knows_other_statements_costs_no_registration_and_is_remembered(
    database: str, pooled: str
) -> None:
    before = refused_commands(database)
    observer = RememberedErrors()
    async with (
        patient_customers(pooled, observer=observer) as one,
        patient_customers(pooled, observer=observer) as two,
    ):
        await one.add(new_customer(email="1@example.ru"))
        # Здесь команду ещё не готовили, а сервер её знает.
        for n in range(2, 6):
            await two.add(new_customer(email=f"{n}@example.ru"))
        assert refused_commands(database) - before == 1
        # Здесь готовили, а новый сервер её не знает.
        await one.add(new_customer(email="6@example.ru"))
    assert observer.errors == []
