"""Всё, что видно снаружи и оператору, когда сервису шлют запросы: обоими путями."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Sequence

from attrs import define, field
from dependency_injector import providers

from application.customer_repository import (
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from domain.customer import NewCustomer
from entrypoints.container import Container
from entrypoints.http.cors import CorsPolicy
from entrypoints.http.fast_path import FastPath, FastRequest, Fields
from entrypoints.http.request_lifecycle import RequestLifecycle
from entrypoints.settings import Settings
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.intercepted_customers import InterceptedCustomers
from tests.support.lone_connection import LoneConnection, turns

PEER = ("192.0.2.1", 1024)
_TURNS = 50  # оборотов цикла событий: за них отвечают на всё, что пришло целиком


class RepositoryFailingByAddress(InterceptedCustomers):
    """Хранилище, которое с некоторыми адресами не справляется."""

    async def before(self, customer: NewCustomer) -> NewCustomer:
        match customer.email.partition("@")[0]:
            case "away":
                raise RepositoryUnavailableError("away")
            case "full":
                raise RepositoryOverloadedError("full")
            case "fault":
                raise RuntimeError("a fault of ours")
        return customer


@define
class Seen:
    """Всё, что видно снаружи и оператору."""

    answers: bytes = b""
    lines: list[tuple[str, str]] = field(factory=list)
    measured: Counter[tuple[str, int, float]] = field(factory=Counter)
    refused: dict[str, float] = field(factory=dict)
    fast: int = 0


class Lines(logging.Handler):
    """Строки журнала без мест исключений: места у путей и должны быть разными."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seen: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Сколько событий в одной записи, решает оборот цикла событий, а строка у каждого своя.
        texts = record.getMessage().splitlines()
        self.seen.extend((record.name, text) for text in texts)


async def seen_of(
    portions: Sequence[bytes],
    settings: Settings,
    *,
    has_fast_path: bool,
    stored: Collection[str] = (),
) -> Seen:
    """Шлёт запросы сервису, у которого покупатели с адресами ``stored`` уже есть."""
    seen = Seen()
    container = await _container(settings, stored, seen)
    path: FastPath | None = container.http.fast_path()
    assert path is not None

    def counted(method: str, target: bytes, fields: Fields) -> FastRequest | None:
        request = path.accept(method, target, fields)
        seen.fast += request is not None
        return request

    fast_path = counted if has_fast_path else None
    connection = LoneConnection(container.app(), fast_path=fast_path, peer=PEER)
    connection.app_state["register_customer"] = container.register_over_http()
    connection.open()
    for portion in portions:
        connection.data_received(portion)
        # Приложение с недосланным телом ждёт его: конца задач здесь не дождаться.
        await turns(_TURNS)
    await connection.settle()
    await asyncio.sleep(0)  # журнал и замеры — к концу оборота
    seen.answers = connection.deaf.sent
    seen.refused = {
        sample.labels["code"]: sample.value
        for metric in container.metrics_registry().collect()
        for sample in metric.samples
        if sample.name == "crm_refusals_total"
    }
    connection.connection_lost(None)
    return seen


async def _container(settings: Settings, stored: Collection[str], seen: Seen) -> Container:
    """Собирает сервис, у которого часы стоят, а номера запросов все одни."""
    customers = RepositoryFailingByAddress()
    for email in stored:
        await customers.add(new_customer(email=email))
    container = Container()
    container.settings.override(providers.Object(settings))
    container.customers.override(providers.Object(customers))
    container.clock.override(providers.Object(lambda: REGISTERED_AT))
    lifecycle = RequestLifecycle(
        CorsPolicy(settings.cors_origins),
        lambda route, status: (
            lambda seconds: seen.measured.update((route, status, one) for one in seconds)
        ),
        new_id=lambda: "made",
        clock=lambda: 0.0,
    )
    container.http.lifecycle.override(providers.Object(lifecycle))
    return container


def both_ways(portions: Sequence[bytes], settings: Settings) -> tuple[Seen, Seen]:
    found = []
    log = logging.getLogger("crm_api.http")
    for has_fast_path in (True, False):
        handler = Lines()
        log.addHandler(handler)
        level = log.level
        log.setLevel(logging.INFO)
        try:
            seen = asyncio.run(seen_of(portions, settings, has_fast_path=has_fast_path))
        finally:
            log.setLevel(level)
            log.removeHandler(handler)
        seen.lines = handler.seen
        found.append(seen)
    return found[0], found[1]
