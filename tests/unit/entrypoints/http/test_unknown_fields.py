"""Неизвестные поля: в заголовке ответа и в отказе за них."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.unknown_fields import MAX_REFUSED, ignored_fields, refused_fields
from tests.support.counted_steps import work

NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=50)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["e-mail", "adress"], "e-mail, adress"),
        (["имя"], "%D0%B8%D0%BC%D1%8F"),
        (["a\r\nSet-Cookie: b", "c,d"], "a%0D%0ASet-Cookie%3A%20b, c%2Cd"),
        (["x" * 41], "x" * 40 + "+"),
        (["x" * 40] * 12, ", ".join(["x" * 40] * 9) + ", +3"),
    ],
)
def test_names_are_escaped_and_cut(names: list[str], told: str) -> None:
    assert ignored_fields(names) == told


@given(NAMES)
def test_any_names_make_a_short_header_of_harmless_characters(names: list[str]) -> None:
    told = ignored_fields(names)
    assert len(told) <= 410
    assert re.fullmatch(r"[A-Za-z0-9._~%+, -]*", told)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=5))
def test_few_short_names_can_be_read_back(names: list[str]) -> None:
    told = ignored_fields(names).split(", ")
    assert [unquote(name) for name in told] == (names or [""])


def test_thousands_of_names_take_no_more_work_than_those_that_are_told() -> None:
    few, many = (work(lambda n=n: ignored_fields(["field"] * n)) for n in (100, 10_000))  # type: ignore[misc]  # n — по умолчанию
    assert many == few


@given(NAMES)
def test_refusal_names_the_first_fields_in_few_harmless_characters(names: list[str]) -> None:
    refused = refused_fields(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._~%-]*\+?", rule.field) for rule in refused)
    told = [(unquote(rule.field.removesuffix("+")), rule.field[-1:] == "+") for rule in refused]
    assert told == [(name[:40], len(name) > 40) for name in names[:MAX_REFUSED]]
    assert {rule.code for rule in refused} <= {"unknown_field"}


def test_refusal_names_no_more_fields_than_it_says() -> None:
    few, many = (work(lambda n=n: refused_fields(["field"] * n)) for n in (100, 10_000))  # type: ignore[misc]  # n — по умолчанию
    assert many == few
    assert len(refused_fields(["field"] * 100)) == MAX_REFUSED == 10
