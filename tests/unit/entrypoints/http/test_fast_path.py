"""Короткий путь: на любой запрос он отвечает тем же, что и приложение ASGI, до последнего байта."""

import json

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from entrypoints.settings import Settings
from tests.support.any_requests import REQUESTS, SETTINGS, Sent
from tests.support.browser_requests import SHOP
from tests.support.customers import IVAN
from tests.support.seen_answers import both_ways


@given(
    st.lists(REQUESTS, min_size=1, max_size=4),
    SETTINGS,
    st.sampled_from([None, 1, 40, 200]),
)
def test_both_ways_answer_log_and_measure_the_same(
    requests: list[Sent], settings: Settings, cut: int | None
) -> None:
    sent = b"".join(request.encoded() for request in requests)
    portions = [sent] if cut is None else [sent[:cut], sent[cut:]]
    fast, full = both_ways(portions, settings)
    event(f"answered by the fast path: {min(fast.fast, 1)}")
    event(f"refused by the rate limit: {b' 429 ' in fast.answers}")
    event(f"refused for unknown fields: {b'unknown_field' in fast.answers}")
    event(f"answered without the outcome: {b' 202 ' in fast.answers}")
    assert settings.strict_fields or b"unknown_field" not in fast.answers
    assert fast.answers == full.answers
    # О служебных ошибках пишется сразу, о запросах — к концу оборота: порядка между ними нет.
    assert sorted(fast.lines) == sorted(full.lines)
    assert fast.measured == full.measured
    assert fast.refused == full.refused
    assert full.fast == 0


@pytest.mark.parametrize(
    ("headers", "is_fast"),
    [
        ([], True),
        ([("Idempotency-Key", "k"), ("Origin", SHOP), ("X-Request-ID", "1")], True),
        ([("Expect", "100-continue")], False),
        ([("X-Other", "1"), ("X-Other", "1")], False),
    ],
)
def test_ordinary_registration_takes_the_fast_path(
    headers: list[tuple[str, str]], *, is_fast: bool
) -> None:
    request = Sent(
        "POST /register HTTP/1.1",
        [("Host", "a"), ("Content-Type", "application/json"), *headers],
        json.dumps(IVAN).encode(),
        is_chunked=False,
    )
    fast, _ = both_ways([request.encoded()], Settings())
    assert fast.fast == is_fast
    assert b" 201 " in fast.answers
