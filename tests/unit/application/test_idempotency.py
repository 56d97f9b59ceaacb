"""Ключ идемпотентности и отпечаток данных."""

from datetime import datetime
from typing import Any

import attrs
import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from application.idempotency import (
    MAX_KEY,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InvalidIdempotencyKeyError,
    KnownKey,
    fingerprint,
)
from domain.customer import RULES, Customer, NewCustomer
from tests.support.customers import IVAN, LATER_AT, REGISTERED_AT, new_customer
from tests.support.keys_of_earlier_version import EARLIER_KEYS, EarlierKey

KEY = IdempotencyKey("9b2f6a1e")
PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
CHANGED = {**dict.fromkeys(IVAN, "other"), "email": "other@example.ru", "age": 34}


@frozen(kw_only=True)
class CustomerWithNickname(NewCustomer):
    """Покупатель версии, в которой появилось ещё одно необязательное поле."""

    nickname: str | None = field(default=None)


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
    assert set(attrs.asdict(new_customer())) - set(RULES) == {"registered_at", "compared_email"}


def test_field_of_a_later_version_changes_the_fingerprint_only_where_it_is_given() -> None:
    ivan: Any = {"name": "Ivan", "email": "ivan@example.ru", "registered_at": REGISTERED_AT}

    def print_of(nickname: str | None) -> bytes:
        given = CustomerWithNickname(**ivan, nickname=nickname)
        return fingerprint(given, ["nickname"])

    assert print_of(None) == fingerprint(NewCustomer(**ivan))
    assert len({print_of(None), print_of("Vanya"), print_of("Vanechka")}) == 3


def test_key_with_the_same_data_gives_the_first_customer_again() -> None:
    known = KnownKey(fingerprint(new_customer()), 7, REGISTERED_AT)
    again = new_customer(registered_at=LATER_AT)
    assert known.replay(again, KEY) == Customer.of(new_customer(), id=7)


@pytest.mark.parametrize("stored", [None, IVAN, {**IVAN, "name": ""}])
def test_key_with_other_data_is_refused(stored: dict[str, Any] | None) -> None:
    known = KnownKey(fingerprint(new_customer()), 7, REGISTERED_AT, stored)
    with pytest.raises(IdempotencyKeyReusedError):
        known.replay(new_customer(age=34), KEY)


def test_stored_customer_decides_where_the_fingerprint_is_of_another_normal_form() -> None:
    stored = {**IVAN, "name": " Ivan Ivanov "}
    known = KnownKey(b"of another version", 7, REGISTERED_AT, stored)
    assert known.replay(new_customer(), KEY) == Customer.of(new_customer(), id=7)


@pytest.mark.parametrize(
    ("stored_at", "used_at", "given_at", "asked_at", "is_same"),
    [
        (REGISTERED_AT, None, LATER_AT, None, True),
        (REGISTERED_AT, REGISTERED_AT, LATER_AT, None, True),
        (REGISTERED_AT, LATER_AT, REGISTERED_AT, LATER_AT, True),
        (REGISTERED_AT, LATER_AT, LATER_AT, LATER_AT, False),
        (REGISTERED_AT, LATER_AT, LATER_AT, None, False),
        (REGISTERED_AT, None, LATER_AT, LATER_AT, False),
    ],
)
def test_time_that_a_request_brings_is_a_part_of_its_data(
    stored_at: datetime,
    used_at: datetime | None,
    given_at: datetime,
    asked_at: datetime | None,
    *,
    is_same: bool,
) -> None:
    known = KnownKey(fingerprint(new_customer()), 7, stored_at, used_at=used_at)
    again = new_customer(registered_at=given_at)
    if is_same:
        first = known.replay(again, IdempotencyKey("k", asked_at))
        assert first.registered_at == stored_at
        return
    with pytest.raises(IdempotencyKeyReusedError):
        known.replay(again, IdempotencyKey("k", asked_at))


@pytest.mark.parametrize("kept", EARLIER_KEYS.values(), ids=EARLIER_KEYS)
def test_key_stored_by_the_first_version_is_recognised(kept: EarlierKey) -> None:
    known = KnownKey(kept.fingerprint, 7, REGISTERED_AT, kept.stored)
    again = NewCustomer(**kept.asked, registered_at=LATER_AT)
    assert known.replay(again, KEY) == Customer.of(again, id=7, registered_at=REGISTERED_AT)


@pytest.mark.parametrize("title", ["ascii", "only what is required", "Cyrillic, decomposed"])
def test_usual_key_of_the_first_version_needs_no_look_at_the_customer(title: str) -> None:
    kept = EARLIER_KEYS[title]
    again = NewCustomer(**kept.asked, registered_at=LATER_AT)
    assert fingerprint(again) == kept.fingerprint
