"""О событии, которое записал другой процесс, рассылка слышит; где нельзя, она так и говорит."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import takewhile
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.delivery.notifier import relay_notifier
from adapters.postgres.delivery.operations import subscribe
from adapters.postgres.delivery.statements import CHANNEL
from adapters.postgres.delivery.waiting import PostgresWaitingEvents, postgres_events
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.registration.repository import PostgresCustomerRepository, postgres_customers
from domain.events import EVENT_TYPES
from tests.faults.pooler import running_pooler
from tests.support.customers import new_customer
from tests.support.embedded_server import linux_only, own_server_only
from tests.support.eventually import eventually
from tests.support.required_programs import needs
from tests.support.sessions import service_sessions
from tests.support.sql import execute

pytestmark = pytest.mark.anyio

_PATIENCE = 30.0


@asynccontextmanager
async def registering(database: str) -> AsyncIterator[PostgresCustomerRepository]:
    """Процесс, который регистрирует и никому не рассылает."""
    async with (
        relay_notifier(database, log_sql=True) as notifier,
        postgres_customers(database, log_sql=False, on_written=notifier.tell) as customers,
    ):
        yield customers


@asynccontextmanager
async def relaying(
    database: str,
) -> AsyncIterator[tuple[PostgresWaitingEvents, asyncio.Event]]:
    """Другой процесс, который рассылает: его события и то, что он слышит."""
    heard = asyncio.Event()
    async with postgres_events(database, log_sql=True, keep_days=0, on_news=heard.set) as events:
        await events.take("crm", 1, 8.0)  # соединение открывается по необходимости
        yield events, heard


@contextmanager
def words(database: str) -> Iterator[Callable[[], int]]:
    """Даёт счёт вестей, сказанных с этого мгновения."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")

        def count() -> int:
            execute(database, "SELECT pg_notify(%s, 'that is all')", CHANNEL)
            said = connection.notifies(timeout=_PATIENCE)
            return len(list(takewhile(lambda one: not one.payload, said)))

        yield count


async def hears(heard: asyncio.Event) -> None:
    await asyncio.wait_for(heard.wait(), _PATIENCE)
    heard.clear()


@pytest.fixture
def subscribed(database: str) -> str:
    """Адрес базы данных, у событий которой есть подписчик."""
    subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
    return database


async def test_registration_elsewhere_is_heard_of(subscribed: str) -> None:
    async with relaying(subscribed) as (_, heard), registering(subscribed) as customers:
        for number in range(5):
            await customers.add(new_customer(email=f"{number}@example.ru"))
            await hears(heard)


async def test_process_that_ends_at_once_is_heard_too(subscribed: str) -> None:
    async with relaying(subscribed) as (_, heard):
        for number in range(3):
            async with registering(subscribed) as customers:
                await customers.add(new_customer(email=f"{number}@example.ru"))
            await hears(heard)


async def test_word_costs_no_connection_and_is_not_lost_while_events_are_taken(
    subscribed: str,
) -> None:
    async with relaying(subscribed) as (events, heard):
        before = service_sessions(subscribed)
        for _ in range(20):
            # Цикл событий стоит: весть лежит непрочитанной, когда соединение понадобилось снова.
            execute(subscribed, "SELECT pg_notify(%s, '')", CHANNEL)
            await events.take("crm", 1, 8.0)
            assert heard.is_set()
            heard.clear()
        assert service_sessions(subscribed) == before


async def test_connection_that_was_lost_hears_again_when_it_is_opened_anew(
    subscribed: str,
) -> None:
    async with relaying(subscribed) as (events, heard):
        for number in range(3):
            for session in service_sessions(subscribed):
                execute(subscribed, "SELECT pg_terminate_backend(%s, 5000)", session)
            await events.take("crm", 1, 8.0)
            async with registering(subscribed) as customers:
                await customers.add(new_customer(email=f"{number}@example.ru"))
            await hears(heard)


async def test_without_subscribers_nothing_is_told_until_there_is_one(database: str) -> None:
    told: list[int] = []
    async with postgres_customers(
        database, log_sql=False, on_written=lambda: told.append(1)
    ) as customers:
        await customers.add(new_customer(email="1@example.ru"))
        assert told == []
        subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
        await customers.ensure_ready()
        await customers.add(new_customer(email="2@example.ru"))
        assert told == [1]


async def test_many_registrations_are_one_word(subscribed: str) -> None:
    with words(subscribed) as count:
        async with relay_notifier(subscribed, log_sql=False) as notifier:
            for _ in range(1000):
                notifier.tell()
        assert count() == 1


async def test_after_a_word_comes_a_pause_and_then_one_of_all_that_came_in_it(
    subscribed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.notifier._GATHERING", 3600.0)
    with words(subscribed) as count:
        async with relay_notifier(subscribed, log_sql=False) as notifier:
            for _ in range(50):
                notifier.tell()
                # Вестник тем временем работает: обмен с сервером идёт и у него.
                await asyncio.to_thread(execute, subscribed, "SELECT 1")
        assert count() <= 2


async def test_who_relays_to_every_subscriber_tells_nobody_else(subscribed: str) -> None:
    with words(subscribed) as count:
        for _ in range(2):
            async with relay_notifier(subscribed, log_sql=False) as notifier:
                notifier.spare(["crm"])
                notifier.tell()
            subscribe(subscribed, {"letters": EVENT_TYPES}, log_sql=False)
        assert count() == 1


async def test_server_that_gives_no_connection_disturbs_nobody() -> None:
    url = "postgresql://user:secret@127.0.0.1:1/crm"
    async with relay_notifier(url, log_sql=False) as notifier:
        notifier.tell()


class FailingNames(list[str]):
    """Имена, которые сначала дважды не прочесть."""

    failures = 0

    def __iter__(self) -> Iterator[str]:
        if self.failures < 2:
            self.failures += 1
            raise ValueError("ivan@example.ru")
        return super().__iter__()


async def test_unforeseen_error_is_told_once_and_words_go_on(
    subscribed: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.postgres.delivery.notifier._AWAY", 0.01)
    async with relaying(subscribed) as (_, heard), relay_notifier(subscribed, log_sql=False) as one:
        one.spare(FailingNames())
        loop = asyncio.get_running_loop()

        def hears_in_the_end() -> bool:
            loop.call_soon_threadsafe(one.tell)
            return heard.is_set()

        await asyncio.to_thread(eventually, hears_in_the_end)
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["telling relays elsewhere has failed; trying again every 0.01 s"]


@needs("pgbouncer")
@linux_only
@own_server_only
class TestBehindAPooler:
    """PgBouncer в режиме транзакций: LISTEN достался бы тому, чей сеанс следующий."""

    @pytest.fixture
    def pooled(self, subscribed: str, data_root: Path) -> Iterator[str]:
        with running_pooler(subscribed, Folders(data_root / "shared"), servers=1) as url:
            yield url

    async def test_relay_says_once_that_it_looks_and_leaves_no_listen(
        self, pooled: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with relaying(pooled) as (events, _):
            await events.aclose()
            await events.take("crm", 1, 8.0)
            assert execute(pooled, "SELECT pg_listening_channels()") == []
        assert len([one for one in caplog.messages if "behind a pooler" in one]) == 1

    async def test_registration_through_it_is_heard_by_a_relay_beside_it(
        self, subscribed: str, pooled: str
    ) -> None:
        async with relaying(subscribed) as (_, heard), registering(pooled) as customers:
            await customers.add(new_customer())
            await hears(heard)
