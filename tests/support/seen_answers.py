"""Всё, что видно снаружи и оператору, когда сервису шлют любые запросы, и сами эти запросы."""

import asyncio
import json
import logging
from collections.abc import Collection, Sequence
from ipaddress import ip_network
from typing import NamedTuple

from attrs import define, field
from dependency_injector import providers
from hypothesis import strategies as st

from application.customer_repository import (
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from domain.customer import NewCustomer
from entrypoints.container import Container
from entrypoints.http.cors import CorsPolicy
from entrypoints.http.fast_path import FastPath, FastRequest, Fields
from entrypoints.http.request_lifecycle import RequestLifecycle
from entrypoints.setting_values import Rate
from entrypoints.settings import Settings
from tests.support.browser_requests import SHOP
from tests.support.customers import IVAN, REGISTERED_AT, new_customer
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


class Sent(NamedTuple):
    """Запрос, каким его шлют."""

    start: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    is_chunked: bool

    def encoded(self) -> bytes:
        framing = [("Content-Length", str(len(self.body)))]
        body = self.body
        if self.is_chunked:
            framing = [("Transfer-Encoding", "chunked")]
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body += b"0\r\n\r\n"
        lines = [self.start, *(f"{name}: {value}" for name, value in (*self.headers, *framing))]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@define
class Seen:
    """Всё, что видно снаружи и оператору."""

    answers: bytes = b""
    lines: list[tuple[str, str]] = field(factory=list)
    measured: list[tuple[str, int, float]] = field(factory=list)
    refused: dict[str, float] = field(factory=dict)
    fast: int = 0


class Lines(logging.Handler):
    """Строки журнала без мест исключений: места у путей и должны быть разными."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(logging.INFO)
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        # Сколько событий в одной записи, решает оборот цикла событий, а строка у каждого своя.
        texts = record.getMessage().splitlines()
        self._seen.lines.extend((record.name, text) for text in texts)


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
        request = path(method, target, fields)
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
        lambda route, status: lambda seconds: seen.measured.append((route, status, seconds)),
        new_id=lambda: "made",
        clock=lambda: 0.0,
    )
    container.http.lifecycle.override(providers.Object(lifecycle))
    return container


def both_ways(portions: Sequence[bytes], settings: Settings) -> tuple[Seen, Seen]:
    found = []
    log = logging.getLogger("crm_api.http")
    for has_fast_path in (True, False):
        seen_log = Seen()
        handler = Lines(seen_log)
        log.addHandler(handler)
        level = log.level
        log.setLevel(logging.INFO)
        try:
            seen = asyncio.run(seen_of(portions, settings, has_fast_path=has_fast_path))
        finally:
            log.setLevel(level)
            log.removeHandler(handler)
        seen.lines = seen_log.lines
        found.append(seen)
    return found[0], found[1]


def customers() -> st.SearchStrategy[dict[str, object]]:
    emails = st.sampled_from(
        ["ivan@example.ru", "anna@example.ru", "away@a.ru", "full@a.ru", "fault@a.ru", "no address"]
    )
    ages = st.sampled_from([33, None, "33", -1, True])
    others = st.sampled_from([{}, {}, {"e-mail": 1}, {"имя": 1, "id": 2}])
    return st.builds(
        lambda email, age, other: {**IVAN, "email": email, "age": age, **other},
        emails,
        ages,
        others,
    )


BODIES = st.one_of(
    customers().map(lambda one: json.dumps(one).encode()),
    st.sampled_from([b"", b"{}", b"[]", b"{", b"null", b'{"name": "\xff"}', b" " * 20_000]),
)
HEADERS = st.lists(
    st.sampled_from(
        [
            ("Origin", SHOP),
            ("Origin", "https://evil.example"),
            ("Accept-Language", "en"),
            ("Accept-Language", "de, en;q=0.5"),
            ("Idempotency-Key", "one"),
            ("Idempotency-Key", '"two words"'),
            ("Idempotency-Key", "not a key"),
            ("X-Request-ID", "mine-1"),
            ("X-Request-ID", "someone@example.ru"),
            ("Connection", "close"),
            ("Content-Encoding", "gzip"),
            ("X-Other", "1"),
            ("X-Forwarded-For", "198.51.100.1"),
            ("X-Forwarded-For", "198.51.100.2"),
            ("Forwarded", "for=198.51.100.1"),
            ("Forwarded", 'for="198.51.100.2'),
        ]
    ),
    max_size=5,
)
TYPES = st.sampled_from(
    [
        *[[("Content-Type", "application/json")]] * 4,
        [("content-type", "application/json; charset=utf-8")],
        [("Content-Type", "application/problem+json")],
        [("Content-Type", "application/jsonp")],
        [("Content-Type", "text/plain")],
        [],
    ]
)
STARTS = st.sampled_from(
    [
        *["POST /register HTTP/1.1"] * 6,
        "POST /register?source=form HTTP/1.1",
        "POST http://shop.example/register HTTP/1.1",
        "POST /register/ HTTP/1.1",
        "POST /register HTTP/1.0",
        "GET /register HTTP/1.1",
        "HEAD /register HTTP/1.1",
        "OPTIONS /register HTTP/1.1",
        "GET /health HTTP/1.1",
        "GET /nothing HTTP/1.1",
    ]
)
REQUESTS = st.builds(
    lambda start, types, headers, body, is_chunked: Sent(
        start, [("Host", "shop.example"), *types, *headers], body, is_chunked
    ),
    STARTS,
    TYPES,
    HEADERS,
    BODIES,
    st.sampled_from([False, False, False, True]),
)

SETTINGS = st.builds(
    Settings,
    cors_origins=st.sampled_from([("*",), (SHOP, "https://second.example")]),
    rate_limit=st.sampled_from([None, Rate(1, "hour"), Rate(2, "hour")]),
    trusted_proxies=st.sampled_from([(), (ip_network("192.0.2.0/24"),)]),
    strict_fields=st.booleans(),
    reveal_taken=st.sampled_from([True, True, False]),
)
