"""Списки знаков сверены с тем Unicode, который знает этот Python."""

import re
import unicodedata

import pytest

from domain.characters import (
    IGNORABLE,
    OUTER_FORMAT,
    WHITE_SPACE,
    has_control_characters,
    has_direction_controls,
    is_blank,
)

EVERY = [chr(code) for code in range(0x110000)]
# Знаки категории Cf, которые видно (Prepended_Concatenation_Mark, PropList.txt) или которые
# складывают египетские иероглифы; знаки-метки кончают флаги из эмодзи.
VISIBLE_FORMAT = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f]"
)
TAGS = re.compile("[\U000e0001\U000e0020-\U000e007f]")
OVERRIDES = re.compile("[\u202d\u202e]")


def members(ranges: str) -> set[str]:
    pattern = re.compile(f"[{ranges}]")
    return {char for char in EVERY if pattern.match(char)}


def test_white_space_is_what_separates_words() -> None:
    # White_Space — это Zs, Zl, Zp и пробельные управляющие.
    separators = {char for char in EVERY if unicodedata.category(char) in {"Zs", "Zl", "Zp"}}
    assert members(WHITE_SPACE) == separators | set("\t\n\v\f\r\x85")


def test_ignorable_are_as_many_as_unicode_says() -> None:
    assert len(members(IGNORABLE)) == 4174  # DerivedCoreProperties.txt, 16.0


def test_every_format_character_has_its_place() -> None:
    formats = {char for char in EVERY if unicodedata.category(char) == "Cf"}
    known = members(OUTER_FORMAT)
    for pattern in (VISIBLE_FORMAT, TAGS, OVERRIDES):
        known |= {char for char in formats if pattern.match(char)}
    assert formats == known


def test_whatever_is_taken_off_is_invisible() -> None:
    assert all(map(is_blank, members(WHITE_SPACE + OUTER_FORMAT)))


def test_letters_digits_marks_and_signs_are_visible() -> None:
    invisible = {char for char in EVERY if is_blank(char)}
    assert {unicodedata.category(char)[0] for char in EVERY if char not in invisible} >= set(
        "LMNPS"
    )
    letters = {char for char in invisible if unicodedata.category(char)[0] in "LN"}
    # Заполнители хангыля и пустые клетки иероглифов.
    assert letters == set("\u115f\u1160\u3164\uffa0\U00013441\U00013442")


@pytest.mark.parametrize(
    "text",
    [
        *("", " \u200b\ufeff", "\u3164", "\u2800", "\U000e0041", "\ufe0f", "\uffff", "\ufdd0"),
        *("\U00013430\U00013441", "\U0001d159", "\U00016fe4", "\U0010fffe"),
    ],
)
def test_text_in_which_nothing_is_seen_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("char", ["\0", "\x1c", "\ud800"])
def test_control_characters_are_not_blank(char: str) -> None:
    assert not is_blank(char)
    assert has_control_characters(char)


def test_only_what_reorders_other_text_is_a_direction_control() -> None:
    found = {char for char in EVERY if has_direction_controls(char)}
    bidirectional = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert found == {char for char in EVERY if unicodedata.bidirectional(char) in bidirectional}
