"""Целые числа, записанные текстом."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import ascii_integer


@given(st.integers(-(10**20) + 1, 10**20 - 1), st.integers(0, 5000))
def test_number_is_read_whatever_zeros_stand_before_it(number: int, zeros: int) -> None:
    sign = "-" if number < 0 else ""
    assert ascii_integer(f"{sign}{'0' * zeros}{abs(number)}") == number


@pytest.mark.parametrize(
    "text", ["", "-", "3_3", "٣٣", "+33", " 33", "33\n", "33.0", "0x21", "--3", "9" * 21, "²"]
)
def test_other_texts_are_no_number(text: str) -> None:
    assert ascii_integer(text) is None


@given(st.text())
def test_any_text_is_a_number_of_ascii_digits_or_none(text: str) -> None:
    if ascii_integer(text) is not None:
        assert text.removeprefix("-").isdigit()
        assert text.isascii()
