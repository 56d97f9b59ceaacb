"""Выбор языка ответа."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from entrypoints.http.accept_language import preferred_language, request_language
from entrypoints.texts import Language
from tests.support.counted_steps import work


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
        ("de", "en"),
        ("kk", "en"),
        ("be-BY", "en"),
        ("uk", "en"),
        ("kk-KZ, kk;q=0.9, ru-RU;q=0.8, en;q=0.7", "ru"),
        ("de, ru;q=0.1", "ru"),
        ("de, *;q=0.1", "ru"),
        ("de, en;q=0", "ru"),
        ("de;q=0", "ru"),
        ("*", "ru"),
        ("ru;q=0, *;q=0.5", "en"),
        ("en;q=0, *", "ru"),
        ("en, ru", "ru"),
        ("en;q=2", "ru"),
        ("en ; q=0.7 , ru ; q=0.3", "en"),
        (",,;;q=", "ru"),
        ("*;q=0, en;q=0.001", "en"),
        ("ru-RU;q=0, en-GB;q=0.2", "en"),
        ("en-GB;q=0.3, en;q=0.9, ru;q=0.5", "en"),
        ("en;q=0.9, en-GB;q=0.3, ru;q=0.5", "en"),
        ("ru;q=0", "en"),
        ("ru;q=0, en;q=0", "ru"),
        ("*;q=0", "ru"),
        ("*;q=0.9, ru;q=0.8", "en"),
        ("en;Q=0.9,ru;Q=1.000", "ru"),
        ("en;q=0.9999, ru;q=0.1", "ru"),
    ],
)
def test_english_is_for_those_who_prefer_it_or_for_whom_russian_will_not_do(
    header: str | None, language: str
) -> None:
    assert preferred_language(header) is Language(language)


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred_language(header) in Language


@pytest.mark.parametrize(
    ("lines", "language"),
    [
        ((), "ru"),
        (("ru;q=0.5", "en"), "en"),
        (("en;q=0.5", "ru"), "ru"),
        (("de", "en;q=0.1"), "en"),
    ],
)
def test_several_headers_are_one_list(lines: tuple[str, ...], language: str) -> None:
    headers = Headers(raw=[(b"accept-language", line.encode()) for line in lines])
    assert request_language(headers) is Language(language)


def test_thousands_of_languages_take_no_more_work_than_the_first() -> None:
    assert preferred_language("de, " * 10_000 + "ru") is Language.EN
    few, many = (work(lambda n=n: preferred_language("en;q=0.5," * n)) for n in (1000, 10_000))  # type: ignore[misc]  # n — по умолчанию
    assert many == few
