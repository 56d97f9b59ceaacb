"""Работа над текстом снаружи: она не растёт быстрее текста, а за пределом не растёт вовсе."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.customer import RULES
from domain.email import normal_email
from domain.rules import RuleBrokenError
from domain.text import normal_text
from tests.support.counted_steps import growth, work

TEXTS: dict[str, Callable[[int], str]] = {
    "marks out of order": lambda size: "a" + "\u0301\u0327" * (size // 2),
    "marks from the last to the first": lambda size: (
        "a" + "\u0301" * (size // 2) + "\u0334" * (size // 2)
    ),
    "thirty marks after each letter": lambda size: ("a" + "\u0301\u0327\u0334" * 10) * (size // 31),
    "letters of four": lambda size: "\u1f82" * size,
    "marks in one": lambda size: "\u0344" * size,
    "ligatures": lambda size: "\ufdfa" * size,
    "white space": lambda size: "\u2003" * size,
    "white space inside": lambda size: f"я{' ' * size}я",
    "format characters": lambda size: "\u200b" * size + "я",
    "format characters inside": lambda size: f"я{'\u200b' * size}я",
    "line breaks": lambda size: "я\n" * (size // 2) + "я",
    "blanks and a line break": lambda size: f"я{' ' * size}\n" * 3,
    "tabs": lambda size: "я\t" * (size // 2) + "я",
    "at signs": lambda size: "я@" * (size // 2),
    "capital sigmas": lambda size: "Σ'" * (size // 2),
    "labels": lambda size: "i@" + "я." * (size // 2),
    "one label": lambda size: "i@" + "".join(map(chr, range(0x4E00, 0x4E00 + min(size, 9999)))),
    "punycode, short labels": lambda size: "i@" + "xn--9n0h." * (size // 9) + "ru",
    "punycode, long labels": lambda size: "i@" + f"xn--{'0' * 58}a." * (size // 64) + "ru",
    "punycode, one label": lambda size: f"i@xn--{'a' * size}",
    "digits": lambda size: "0" * size,
}
FAR = 1 << 11, 1 << 12, 1 << 13


def apply(field: str, text: str) -> None:
    with suppress(RuleBrokenError):
        RULES[field](text)


@pytest.mark.parametrize("field", RULES)
@pytest.mark.parametrize("title", TEXTS)
def test_rule_does_no_more_beyond_its_limit(field: str, title: str) -> None:
    works = [work(lambda size=size: apply(field, TEXTS[title](size))) for size in FAR]  # type: ignore[misc]  # size — по умолчанию
    assert max(works) <= works[0] + 10


@pytest.mark.parametrize("title", TEXTS)
@pytest.mark.parametrize("normal", [normal_text, normal_email])
def test_normal_form_takes_work_in_proportion_to_any_text(
    normal: Callable[[str], str], title: str
) -> None:
    works = [work(lambda size=size: normal(TEXTS[title](size))) for size in FAR]  # type: ignore[misc]  # то же
    assert growth(works) < 2.2


@settings(max_examples=50)
@given(
    st.sampled_from(list(RULES)),
    st.text(st.characters(categories=["Mn", "Lo", "Cf", "Zs", "Cc"]), min_size=1),
    st.integers(1, 2000),
)
def test_no_text_takes_much_work(field: str, part: str, times: int) -> None:
    assert work(lambda: apply(field, part * times)) < 20_000
