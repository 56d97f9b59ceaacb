"""Записано на ведущем, но не подтверждено ведомым: повтор не называет это надёжным."""

import asyncio
import uuid
from pathlib import Path

import pytest

from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from adapters.postgres.schema.upgrade import migrate
from application.customer_repository import RepositoryUnavailableError
from application.idempotency import IdempotencyKey
from tests.support.customers import LATER_AT, REGISTERED_AT, new_customer
from tests.support.embedded_server import linux_only
from tests.support.eventually import eventually
from tests.support.replicated_pair import Node, replicated_pair

pytestmark = [linux_only, pytest.mark.anyio]

KEY = IdempotencyKey("k")


def stop_waiting(primary: Node) -> bool:
    """Отменяет ожидание ведомого, как отменил бы его администратор."""
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    primary.ask(f"SELECT count(pg_cancel_backend(pid)) {waiting}")
    return primary.ask("SELECT count(*) FROM customers") == 2


async def is_unavailable(customers: PostgresCustomerRepository) -> bool:
    try:
        await customers.add(new_customer(registered_at=LATER_AT), KEY)
    except RepositoryUnavailableError:
        return True
    return False


async def test_replay_waits_for_the_standby_that_the_first_try_gave_up(data_root: Path) -> None:
    with replicated_pair(data_root / uuid.uuid4().hex, {"synchronous_standby_names": "*"}) as pair:
        migrate(pair.primary.url, log_sql=False)
        async with postgres_customers(pair.primary.url, log_sql=False) as customers:
            await customers.add(new_customer(email="first@example.ru"))
            pair.standby.freeze()
            with pytest.raises(RepositoryUnavailableError):
                await customers.add(new_customer(), KEY)
            # Теперь строка видна на ведущем, а на ведомом её нет.
            await asyncio.to_thread(eventually, lambda: stop_waiting(pair.primary))
            assert await is_unavailable(customers)
            pair.standby.thaw()
            await asyncio.to_thread(eventually, pair.is_streaming)
            registration = await customers.add(new_customer(registered_at=LATER_AT), KEY)
    assert registration.is_replay
    assert registration.customer.registered_at == REGISTERED_AT
