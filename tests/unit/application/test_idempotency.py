"""Ключ идемпотентности и отпечаток данных."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.idempotency import (
    MAX_KEY,
    IdempotencyKey,
    InvalidIdempotencyKeyError,
    fingerprint,
)
from domain.customer import RULES
from tests.support.customers import IVAN, LATER_AT, new_customer

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
CHANGED = {**dict.fromkeys(IVAN, "other"), "email": "other@example.ru", "age": 34}


@given(st.text(PRINTABLE, min_size=1, max_size=MAX_KEY))
def test_printable_text_is_a_key(text: str) -> None:
    assert IdempotencyKey(text).value == text


@pytest.mark.parametrize("wrong", ["", "k" * (MAX_KEY + 1), "k\n", "\x00", "\x7f", "ключ", 5, b"k"])
def test_anything_else_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidIdempotencyKeyError):
        IdempotencyKey(wrong)


def test_key_is_not_shown() -> None:
    assert "secret" not in repr(IdempotencyKey("secret"))


@pytest.mark.parametrize("field", RULES)
def test_fingerprint_depends_on_every_field(field: str) -> None:
    assert fingerprint(new_customer()) != fingerprint(new_customer(**{field: CHANGED[field]}))


def test_fingerprint_tells_values_of_neighbouring_fields_apart() -> None:
    one = new_customer(gender="a", country=None)
    other = new_customer(gender=None, country="a")
    assert fingerprint(one) != fingerprint(other)


def test_fingerprint_depends_neither_on_spelling_nor_on_time() -> None:
    again = new_customer(
        email="IVAN.Ivanov@example.ru", name=" Ivan Ivanov", registered_at=LATER_AT
    )
    assert fingerprint(again) == fingerprint(new_customer())


def test_fingerprint_holds_no_data() -> None:
    assert len(fingerprint(new_customer())) == 32
    assert set(attrs.asdict(new_customer())) - set(RULES) == {"registered_at"}
