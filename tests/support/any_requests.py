"""Любые запросы к сервису и любые настройки, при которых он на них отвечает."""

import json
from collections.abc import Sequence
from ipaddress import ip_network
from typing import NamedTuple

from hypothesis import strategies as st

from entrypoints.setting_values import Rate
from entrypoints.settings import Settings
from tests.support.browser_requests import SHOP
from tests.support.customers import IVAN


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
