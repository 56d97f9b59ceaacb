"""Правила полей покупателя."""

import unicodedata
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer import RULES, Customer
from domain.errors import BrokenRule, InvalidCustomerError
from domain.rules import RuleBrokenError, Text
from tests.support.customers import LATER_AT, REGISTERED_AT, new_customer

OPTIONAL_TEXTS = {"gender": 10, "country": 100, "address": 255, "phone": 25}
TEXTS = {"name": 100, **OPTIONAL_TEXTS}


def broken_rules(**changes: Any) -> list[tuple[str, str]]:  # noqa: ANN401 — и неверных типов тоже
    with pytest.raises(InvalidCustomerError) as caught:
        new_customer(**changes)
    return [(rule.field, rule.code) for rule in caught.value.broken_rules]


def test_keeps_valid_data() -> None:
    customer = new_customer()
    assert customer.name == "Ivan Ivanov"
    assert customer.age == 33
    assert customer.registered_at == REGISTERED_AT


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
@pytest.mark.parametrize("char", ["\0", "\n", "\x1c", "\x7f", "\x85", "\ud800"])
def test_control_characters_and_lone_surrogates_are_errors(field: str, char: str) -> None:
    assert broken_rules(**{field: f"a{char}b"}) == [(field, "control_character")]


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


def test_reports_every_broken_rule_at_once_in_field_order() -> None:
    everything_wrong = dict.fromkeys(RULES, object())
    assert [field for field, _ in broken_rules(**everything_wrong)] == list(RULES)


def test_broken_rule_names_its_limits() -> None:
    with pytest.raises(InvalidCustomerError) as caught:
        new_customer(age=200, phone="1" * 26)
    assert caught.value.broken_rules == (
        BrokenRule("age", "out_of_range", {"min": 0, "max": 150}),
        BrokenRule("phone", "too_long", {"max": 25}),
    )


def test_error_text_holds_codes_but_no_data() -> None:
    with pytest.raises(InvalidCustomerError, match=r"^email: invalid_email$"):
        new_customer(email="secret")


@pytest.mark.parametrize("offset", [None, timezone(timedelta(hours=3))])
def test_registered_at_must_be_utc(offset: timezone | None) -> None:
    with pytest.raises(ValueError, match="registered_at must be an aware datetime in UTC"):
        new_customer(registered_at=datetime(2026, 2, 11, tzinfo=offset))


def test_customer_is_the_new_customer_with_an_id() -> None:
    new = new_customer()
    customer = Customer.of(new, id=7)
    assert attrs.asdict(customer) == {**attrs.asdict(new), "id": 7}


def test_customer_is_frozen_and_slotted() -> None:
    customer = new_customer()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        customer.name = "Pyotr"  # type: ignore[misc]  # это и проверяется
    assert not hasattr(customer, "__dict__")


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


def test_customer_stored_earlier_keeps_the_time_of_then() -> None:
    again = new_customer(registered_at=LATER_AT)
    assert Customer.of(again, id=7).registered_at == LATER_AT
    assert Customer.of(again, id=7, registered_at=REGISTERED_AT) == Customer.of(
        new_customer(), id=7
    )
