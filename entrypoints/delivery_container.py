"""Часть контейнера: рассылка событий. Без подписчиков из неё не строится ничего."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from dependency_injector import containers, providers

from adapters.delivery_metrics import PrometheusDeliveryObserver
from adapters.event_messages import EventMessages
from adapters.event_signature import is_signed
from adapters.memory_events import InMemoryEvents
from adapters.postgres.delivery.notifier import RelayNotifier, relay_notifier
from adapters.postgres.delivery.operations import SubscriberStatus as StoredSubscriberStatus
from adapters.postgres.delivery.operations import (
    remove,
    replay_failed,
    replay_since,
    set_paused,
    statuses,
)
from adapters.postgres.delivery.past import PastEvent as StoredPastEvent
from adapters.postgres.delivery.past import tail
from adapters.postgres.delivery.waiting import postgres_events
from application.customer_repository import RepositoryUnavailableError
from application.deliver_events import DeliverEvents
from application.relay import News, Relay
from application.subscriber import Subscriber
from entrypoints.event_document import event_body
from entrypoints.settings import Settings, SettingsError
from entrypoints.subscriber_settings import SubscriberSettings
from entrypoints.trace_switch import Tracing

type PastEvent = StoredPastEvent
"""Событие, которого больше не шлют."""

type SubscriberStatus = StoredSubscriberStatus
"""Что известно о подписчике."""

_log = logging.getLogger("crm_api.events")

# Секунд между взглядами: о новых событиях рассылка обычно слышит, это для отложенных и для тех, о
# которых ей не сказали.
_POLL_BESIDE = 0.5
_POLL_ALONE = 0.25
_POLL_MEMORY = 0.05  # хранилище в памяти не говорит ничего
_COURTESY = 2.0  # рядом с регистрациями рассылке достаётся треть времени, не больше
# Дополнение и модуль из него.
_CALL_EXTRA = "webhooks", "aiohttp"
_STREAM_EXTRA = "nats", "nats"
_PAUSE = 1.0  # секунд между взглядами, готово ли хранилище


def _targets(settings: Settings) -> tuple[SubscriberSettings, ...]:
    return settings.all_subscribers()


def wanted_events(settings: Settings) -> dict[str, Collection[str]]:
    """Возвращает, какие события кому из подписчиков, заданных настройками; по именам."""
    return {one.name: one.events for one in _targets(settings)}


def _memory_events(wanted: Mapping[str, Collection[str]]) -> InMemoryEvents:
    events = InMemoryEvents()
    for name, types in wanted.items():
        events.subscribe(name, types)
    return events


def _on_written(news: News, notifier: RelayNotifier) -> Callable[[], None]:
    def tell() -> None:
        news.tell()
        notifier.tell()

    return tell


@asynccontextmanager
async def _subscribers(
    targets: Sequence[SubscriberSettings], clock: Callable[[], datetime], tracing: Tracing
) -> AsyncIterator[Sequence[Subscriber]]:
    messages = EventMessages(event_body, clock)
    async with AsyncExitStack() as stack:
        opened: list[Subscriber] = []
        if called := [one for one in targets if not one.is_stream]:
            opened += await stack.enter_async_context(_called(called, messages))
        if streams := [one for one in targets if one.is_stream]:
            opened += await stack.enter_async_context(_streams(streams, messages))
        yield [tracing.deliveries(one) for one in opened]


# Чем слать, импортируется здесь, а не вверху: кто так не шлёт, тот за это не платит.
def _called(
    targets: Sequence[SubscriberSettings], messages: EventMessages
) -> AbstractAsyncContextManager[Sequence[Subscriber]]:
    from adapters.webhooks.sender import WebhookTarget, webhook_subscribers  # noqa: PLC0415 — extra

    given = [WebhookTarget(name=one.name, url=one.url, keys=one.keys) for one in targets]
    return webhook_subscribers(given, messages)


def _streams(
    targets: Sequence[SubscriberSettings], messages: EventMessages
) -> AbstractAsyncContextManager[Sequence[Subscriber]]:
    from adapters.nats.connection import NatsServer  # noqa: PLC0415 — extra
    from adapters.nats.sender import NatsTarget, nats_subscribers  # noqa: PLC0415 — extra

    given = []
    for one in targets:
        to = one.stream
        server = NatsServer(address=to.address, user=to.user, password=to.password, token=to.token)
        given.append(NatsTarget(name=one.name, server=server, subject=to.subject, keys=one.keys))
    return nats_subscribers(given, messages)


def ensure_deliverable(settings: Settings) -> None:
    """Проверяет, есть ли чем слать события.

    Raises:
        SettingsError: подписчики заданы, а дополнение не установлено.
    """
    for one in settings.all_subscribers():
        extra, module = _STREAM_EXTRA if one.is_stream else _CALL_EXTRA
        if find_spec(module) is None:
            raise SettingsError(
                f"the subscriber {one.name} needs the extra {extra}: install crm-api[{extra}]"
            )


class Delivery(containers.DeclarativeContainer):
    """Провайдеры рассылки; остальное даёт ``Container``."""

    settings: providers.Dependency[Any] = providers.Dependency()
    wanted: providers.Dependency[Any] = providers.Dependency()
    clock: providers.Dependency[Any] = providers.Dependency()
    database_url: providers.Dependency[Any] = providers.Dependency()
    prepared_database_url: providers.Dependency[Any] = providers.Dependency()
    repository_kind: providers.Dependency[Any] = providers.Dependency()
    metrics_registry: providers.Dependency[Any] = providers.Dependency()
    tracing: providers.Dependency[Any] = providers.Dependency()

    targets = providers.Callable(_targets, settings)
    news = providers.Singleton(News)
    notifier = providers.Resource(
        relay_notifier, prepared_database_url, log_sql=settings.provided.log_sql
    )
    on_written = providers.Callable(_on_written, news, notifier)
    observer = providers.Singleton(PrometheusDeliveryObserver, metrics_registry, wanted)

    memory_events = providers.Singleton(_memory_events, wanted)
    events = providers.Selector(
        repository_kind,
        postgres=providers.Resource(
            postgres_events,
            prepared_database_url,
            log_sql=settings.provided.log_sql,
            keep_days=settings.provided.delivered_days,
            observer=observer,
            on_news=news.provided.tell,
        ),
        memory=memory_events,
    )
    subscribers = providers.Resource(_subscribers, targets, clock, tracing)
    deliver_events = providers.Factory(DeliverEvents, events, on_round=observer.provided.round)
    relay = providers.Factory(Relay, deliver_events, subscribers, news)

    statuses = providers.Callable(statuses, database_url, log_sql=settings.provided.log_sql)
    set_paused = providers.Callable(set_paused, database_url, log_sql=settings.provided.log_sql)
    remove = providers.Callable(remove, database_url, log_sql=settings.provided.log_sql)
    replay_failed = providers.Callable(
        replay_failed, database_url, log_sql=settings.provided.log_sql
    )
    replay_since = providers.Callable(replay_since, database_url, log_sql=settings.provided.log_sql)
    tail = providers.Callable(tail, database_url, log_sql=settings.provided.log_sql)
    is_signed = providers.Object(is_signed)


async def _run_when_ready(ready: "asyncio.Task[None]", relay: Relay) -> None:
    """Рассылает с тех пор, как хранилище готово.

    Раньше нельзя: на сервере, где соединение одно, рассылка заняла бы то, которым регистрируют.
    """
    await asyncio.wait([ready])
    if not ready.cancelled():
        await relay.run()


async def _until_ready(ensure_ready: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await ensure_ready()
        except RepositoryUnavailableError:
            await asyncio.sleep(_PAUSE)


def _told_if_failed(running: "asyncio.Task[None]") -> None:
    if not running.cancelled() and (error := running.exception()):
        _log.error("events are no longer sent by this process", exc_info=error)


@asynccontextmanager
async def relaying(
    delivery: "providers.Container[Delivery]",
    resolved: Callable[[Any], Awaitable[Any]],
    ensure_ready: Callable[[], Awaitable[None]],
    *,
    is_alone: bool = False,
) -> AsyncIterator[None]:
    """Рассылает события, пока открыт; в конце доводит взятое до ответа.

    Args:
        delivery: части рассылки.
        resolved: дожидается того, что зависит от асинхронных ресурсов.
        ensure_ready: возвращается, если хранилище готово записывать.
        is_alone: регистраций в этом процессе нет, и о новых событиях никто не скажет.
    """
    if not delivery.wanted():
        yield
        return
    poll = _POLL_ALONE if is_alone else _POLL_BESIDE
    if delivery.repository_kind() == "memory":
        poll = _POLL_MEMORY
    else:
        (await resolved(delivery.notifier())).spare([*delivery.wanted()])
    courtesy = 0.0 if is_alone else _COURTESY
    relay: Relay = await resolved(delivery.relay(poll=poll, courtesy=courtesy))
    ready = asyncio.create_task(_until_ready(ensure_ready))
    running = asyncio.create_task(_run_when_ready(ready, relay))
    running.add_done_callback(_told_if_failed)
    try:
        yield
    finally:
        ready.cancel()
        relay.stop()
        await asyncio.wait([running])
