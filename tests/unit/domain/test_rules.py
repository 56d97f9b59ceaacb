"""Правила полей покупателя: что каждое принимает и какой код у нарушения."""

import unicodedata
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer import RULES
from domain.customer import broken_rules as broken_in
from domain.errors import InvalidCustomerError
from domain.rules import RuleBrokenError, Text
from tests.support.customers import IVAN, new_customer

OPTIONAL_TEXTS = {"gender": 10, "country": 100, "address": 255, "phone": 25}
TEXTS = {"name": 100, **OPTIONAL_TEXTS}


def broken_rules(**changes: Any) -> list[tuple[str, str]]:  # noqa: ANN401 — и неверных типов тоже
    with pytest.raises(InvalidCustomerError) as caught:
        new_customer(**changes)
    assert broken_in({**IVAN, **changes}) == list(caught.value.broken_rules)
    return [(rule.field, rule.code) for rule in caught.value.broken_rules]


@pytest.mark.parametrize(("field", "limit"), TEXTS.items())
def test_counts_characters_after_normalisation(field: str, limit: int) -> None:
    decomposed = "е\u0308" * limit  # «ё» из двух знаков
    assert getattr(new_customer(**{field: f"  {decomposed}\t"}), field) == "ё" * limit
    assert broken_rules(**{field: "ё" * (limit + 1)}) == [(field, "too_long")]


def test_counts_characters_not_utf16_units() -> None:
    assert new_customer(name="🦾" * 100).name == "🦾" * 100


@pytest.mark.parametrize("field", OPTIONAL_TEXTS)
@pytest.mark.parametrize("blank", [None, "", " \t\n", "\u00a0\u2003\u3000"])
def test_blank_optional_text_is_none(field: str, blank: str | None) -> None:
    assert getattr(new_customer(**{field: blank}), field) is None


@pytest.mark.parametrize("field", ["name", "email"])
@pytest.mark.parametrize("blank", [None, "", " \t\n", "\u00a0\u2003\u3000"])
def test_blank_required_text_is_an_error(field: str, blank: str | None) -> None:
    assert broken_rules(**{field: blank}) == [(field, "required")]


@pytest.mark.parametrize("field", [*TEXTS, "email"])
@pytest.mark.parametrize("char", ["\0", "\v", "\x1c", "\x7f", "\x85", "\ud800"])
def test_control_characters_and_lone_surrogates_are_errors(field: str, char: str) -> None:
    assert broken_rules(**{field: f"a{char}b"}) == [(field, "control_character")]


@pytest.mark.parametrize("field", [*(name for name in TEXTS if name != "address"), "email"])
@pytest.mark.parametrize("char", ["\n", "\r", "\t"])
def test_line_breaks_and_tabs_are_errors_in_a_text_of_one_line(field: str, char: str) -> None:
    assert broken_rules(**{field: f"a{char}b"}) == [(field, "control_character")]


def test_lines_of_an_address_become_one() -> None:
    given_lines = "Russia\r\nOrsk,\nMolodezhnaya St.,\t18\n\n"
    assert new_customer(address=given_lines).address == "Russia, Orsk, Molodezhnaya St., 18"
    assert new_customer(address="\n\t\r\n").address is None
    longest = "\n".join(["д" * 4] * 43)  # из 214 знаков становится 256
    assert broken_rules(address=longest) == [("address", "too_long")]


@pytest.mark.parametrize("field", ["name", "email"])
@pytest.mark.parametrize("blank", ["\ufeff", "\u200b\u200d", "\u3164", "\u2800", "\u202a\u202c"])
def test_required_text_in_which_nothing_is_seen_is_an_error(field: str, blank: str) -> None:
    assert broken_rules(**{field: blank}) == [(field, "required")]


@pytest.mark.parametrize("field", OPTIONAL_TEXTS)
def test_optional_text_in_which_nothing_is_seen_is_none(field: str) -> None:
    assert getattr(new_customer(**{field: "\u200b\u3164 "}), field) is None


@pytest.mark.parametrize("field", [*TEXTS, "email"])
@pytest.mark.parametrize("char", list("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
def test_characters_that_reorder_others_are_errors(field: str, char: str) -> None:
    assert broken_rules(**{field: f"a{char}b"}) == [(field, "direction_control")]


@pytest.mark.parametrize("char", ["\u202d", "\u202e"])
def test_override_is_an_error_even_outside(char: str) -> None:
    assert broken_rules(name=f"{char}nevI\u202c") == [("name", "direction_control")]


def test_embedding_around_a_text_is_taken_off() -> None:
    assert new_customer(phone="\u202a+7 (921) 345-19-48\u202c").phone == "+7 (921) 345-19-48"


@pytest.mark.parametrize("field", ["name", "country", "address", "email"])
def test_thirty_marks_in_a_row_are_a_text_and_one_more_is_an_error(field: str) -> None:
    allowed = f"z{'\u0315' * 30}" + ("@example.ru" if field == "email" else "")
    assert getattr(new_customer(**{field: allowed}), field) == allowed
    assert broken_rules(**{field: allowed.replace("z", "z\u0315")}) == [(field, "too_many_marks")]


def test_marks_that_no_letter_takes_in_make_a_text_too_long() -> None:
    assert broken_rules(name=f"z{'\u0315' * 30}" * 4) == [("name", "too_long")]


def test_small_letter_with_more_marks_than_its_capital_breaks_the_rule_for_marks() -> None:
    # У строчной «i̇» на знак больше, чем у прописной «İ».
    assert broken_rules(email=f"İ{'\u0315' * 30}@example.ru") == [("email", "too_many_marks")]


@pytest.mark.parametrize(("field", "limit"), TEXTS.items())
def test_text_four_times_as_long_as_its_normal_form_is_accepted(field: str, limit: int) -> None:
    four = "\u03b1\u0313\u0300\u0345"  # «ᾂ»
    assert getattr(new_customer(**{field: f" {four * limit}\u200b"}), field) == "\u1f82" * limit
    assert broken_rules(**{field: four * limit + "a"}) == [(field, "too_long")]
    assert broken_rules(**{field: "\u0301\u0327" * 10_000}) == [(field, "too_long")]


@pytest.mark.parametrize("field", [*TEXTS, "email"])
def test_outer_blanks_do_not_count_however_many(field: str) -> None:
    valid = "ivan@example.ru" if field == "email" else "Иван"
    padded = " \u200b" * 5000 + valid + "\u3000" * 5000
    assert getattr(new_customer(**{field: padded}), field) == valid


@pytest.mark.parametrize("field", [*TEXTS, "email"])
@pytest.mark.parametrize("value", [5, True, 1.5, ["a"], {"a": 1}, b"a"])
def test_other_types_are_no_text(field: str, value: object) -> None:
    assert broken_rules(**{field: value}) == [(field, "not_text")]


@pytest.mark.parametrize("age", [None, 0, 33, 150])
def test_accepts_age(age: int | None) -> None:
    assert new_customer(age=age).age == age


def test_age_that_is_a_number_with_a_name_is_kept_as_a_plain_number() -> None:
    named = IntEnum("Age", {"OF_IVAN": 33}).OF_IVAN  # type: ignore[attr-defined]
    assert type(new_customer(age=named).age) is int


@pytest.mark.parametrize("age", ["33", "x", True, False, 33.0, 1.8e19, [33]])
def test_other_types_are_no_age(age: object) -> None:
    assert broken_rules(age=age) == [("age", "not_a_whole_number")]


@pytest.mark.parametrize("blank", ["", " \t\n", "\u00a0\u2003\u3000"])
def test_blank_text_is_no_age_as_with_the_other_optional_fields(blank: str) -> None:
    assert new_customer(age=blank).age is None


@pytest.mark.parametrize("age", [-1, 151, 2**64])
def test_age_has_limits(age: int) -> None:
    assert broken_rules(age=age) == [("age", "out_of_range")]


def test_too_long_email_is_an_error() -> None:
    fits = f"{'a' * 88}@example.com"
    assert len(fits) == 100
    assert new_customer(email=fits).email == fits
    assert broken_rules(email=f"a{fits}") == [("email", "too_long")]


def test_email_is_kept_in_normal_form() -> None:
    assert new_customer(email=" Ivan@Example.RU ").email == "ivan@example.ru"


def test_wrong_email_is_an_error() -> None:
    assert broken_rules(email="ivan") == [("email", "invalid_email")]


@given(st.text(), st.integers(min_value=1, max_value=20))
def test_text_rule_is_idempotent(text: str, limit: int) -> None:
    rule = Text(limit)
    try:
        normal = rule(text)
    except RuleBrokenError:
        return
    assert rule(normal) == normal
    assert normal is None or (0 < len(normal) <= limit)
    assert normal is None or unicodedata.is_normalized("NFC", normal)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()))
def test_any_value_is_either_kept_valid_or_reported(value: object) -> None:
    for name, rule in RULES.items():
        try:
            customer = new_customer(**{name: value})
        except InvalidCustomerError as error:
            assert [broken.field for broken in error.broken_rules] == [name]  # noqa: PT017 — см. имя
        else:
            assert rule(getattr(customer, name)) == getattr(customer, name)
