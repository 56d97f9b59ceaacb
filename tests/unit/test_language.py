"""Выбор языка ответа."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.language import preferred_language
from entrypoints.texts import Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ru"),
        ("", "ru"),
        ("ru", "ru"),
        ("en", "en"),
        ("EN-us", "en"),
        ("en-GB, ru;q=0.9", "en"),
        ("ru, en;q=0.9", "ru"),
        ("en;q=0.5, ru;q=0.8", "ru"),
        ("de, en;q=0.5", "en"),
        ("de", "ru"),
        ("*", "ru"),
        ("ru;q=0, *;q=0.5", "en"),
        ("en;q=0, *", "ru"),
        ("en, ru", "ru"),
        ("en;q=2", "ru"),
        ("en ; q=0.7 , ru ; q=0.3", "en"),
        (",,;;q=", "ru"),
    ],
)
def test_prefers_english_only_when_asked(header: str | None, language: str) -> None:
    assert preferred_language(header) is Language(language)


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred_language(header) in Language
