"""Текст: нормальная форма, сколько она стоит и числа, записанные текстом."""

import re
import unicodedata
from unicodedata import combining, normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.characters import is_blank
from domain.text import (
    MAX_NON_STARTERS,
    SHRINKS,
    ascii_integer,
    is_stream_safe,
    normal_text,
    one_line,
    trimmed,
)

EVERY = [chr(code) for code in range(0x110000)]
MARKS = st.characters(categories=["Mn", "Mc"])
MARKED = st.text(st.sampled_from("aяΐ\u0344\u0f73 ") | MARKS)


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


def test_nfc_shortens_no_text_by_more_than_the_rules_expect() -> None:
    # Все написания одного текста не длиннее его NFD, а в NFD на знак из NFC приходится не больше.
    assert max(len(normalize("NFD", char)) for char in EVERY) == SHRINKS


def test_no_character_brings_more_marks_than_the_sample_expects() -> None:
    for char in EVERY:
        classes = list(map(combining, normalize("NFD", char)))
        if all(classes):
            assert len(classes) <= 2
        else:
            assert classes[0] == 0
            assert len(classes) <= 4


def test_nothing_in_usual_text_is_changed_by_nfc() -> None:
    from domain.text import _USUAL  # noqa: PLC0415 — список и проверяется

    usual = {char for char in EVERY if _USUAL.fullmatch(char)}
    second = {normalize("NFD", char)[1:] for char in EVERY}
    for char in usual:
        assert normalize("NFC", char) == char
        assert combining(char) == 0
        assert char not in second
        assert not is_blank(char) or char.strip() == ""


def longest_run(text: str) -> int:
    """То же по определению: сколько знаков с ненулевым классом идёт подряд после NFD."""
    classes = bytes(map(combining, normalize("NFD", text)))
    return max(map(len, classes.split(b"\0")))


@given(MARKED, st.integers(0, 40), MARKED)
@example("", 31, "")
@example("a", 30, "")
@example("\u0344" * 15, 0, "")
@example("ΐ" + "\u0344" * 14, 0, "")
@example("ΐ" + "\u0344" * 13, 1, "")
def test_stream_safe_text_has_no_long_run_of_marks(start: str, run: int, end: str) -> None:
    text = start + "\u0301\u0327"[run % 2] * run + end
    assert is_stream_safe(text) == (longest_run(text) <= MAX_NON_STARTERS)


@given(MARKED)
def test_every_spelling_of_a_text_is_stream_safe_alike(text: str) -> None:
    spellings = {is_stream_safe(normalize(form, text)) for form in ("NFC", "NFD")}
    assert spellings == {is_stream_safe(text)}


@given(st.text() | MARKED)
@example("\u0130" + "\u0327" * 30)
@example(" \u200b\u3164 ")
def test_normal_form_is_idempotent(text: str) -> None:
    assert normal_text(normal_text(text)) == normal_text(text)


@given(st.text())
def test_normal_form_is_nfc_without_outer_blanks(text: str) -> None:
    normal = normal_text(text)
    assert unicodedata.is_normalized("NFC", normal)
    assert normal in {normalize("NFC", trimmed(text)), ""}
    assert trimmed(normal) == normal


@pytest.mark.parametrize(
    ("given_text", "normal"),
    [
        ("\ufeffИван\u200b", "Иван"),
        ("\u202aИван\u202c", "Иван"),
        ("\u2066Ivan\u2069 ", "Ivan"),
        ("\u200b \u200bIvan", "Ivan"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("क्\u200dष", "क्\u200dष"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        ("\u200eשלום\u200f", "שלום"),
        ("\u061c\u0600123", "\u0600123"),
        ("\u3164Ivan", "\u3164Ivan"),
        ("\u200b\u3164\u2800\ufe0f", ""),
        ("\xad", ""),
    ],
)
def test_invisible_is_taken_off_outside_and_left_inside(given_text: str, normal: str) -> None:
    assert normal_text(given_text) == normal


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("Россия\nОрск", "Россия, Орск"),
        ("Россия\r\nОрск\rдом 18", "Россия, Орск, дом 18"),
        ("Россия,\r\n\r\nОрск;\nдом 18", "Россия, Орск; дом 18"),
        ("Россия \t\n \n\t Орск", "Россия, Орск"),
        ("Россия, \nОрск", "Россия, Орск"),
        ("дом\t18\t\tкв. 6", "дом 18 кв. 6"),
        ("дом \t 18,\tкв.  6", "дом 18, кв.  6"),
        ("\n\tОрск\r\n", "Орск"),
        ("18 Main St.\nSpringfield", "18 Main St., Springfield"),
        ("a\x0bb\x85c", "a\x0bb\x85c"),
        ("\n\t\r", ""),
    ],
)
def test_lines_become_one(lines: str, line: str) -> None:
    assert one_line(lines) == line


@given(st.text(st.sampled_from("я ,;\t\r\n\xa0\u200b")))
def test_one_line_has_no_breaks_and_stays_as_it_is(text: str) -> None:
    line = one_line(text)
    assert re.search("[\t\r\n]", line) is None
    assert one_line(line) == line
    assert len(line) <= 2 * len(text)
