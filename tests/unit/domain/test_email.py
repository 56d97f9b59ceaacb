"""Адрес электронной почты: что верно и что считается одним адресом."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import punycode
from domain.email import SHRINKS, is_email, is_usual, normal_email
from tests.support.customers import emails

LABEL_63 = "a" * 63
# Выражение, каким его пишет WHATWG HTML, 4.10.5.1.5.
_STANDARD = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)


@pytest.mark.parametrize(
    "address",
    [
        "ivan@example.ru",
        "ivan.ivanov+shop@example.co.uk",
        "a@localhost",
        "double..dots@example.ru",
        ".dot.at.ends.@example.ru",
        "!#$%&'*+/=?^_`{|}~-@example.ru",
        "иван@пример.рф",
        "josé@exámple.es",
        "संपर्क@उदाहरण.भारत",
        "用户@例子.中国",
        "٣@مثال.إختبار",
        f"ivan@{LABEL_63}.ru",
        "ivan@1.2.3.4",
        "ivan@xn--ls8h.la",  # не буквы: остаётся в punycode
        "ivan@xn--99999999.ru",  # не punycode, но верная метка WHATWG
    ],
)
def test_accepts(address: str) -> None:
    assert is_email(normal_email(address))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ivan",
        "@example.ru",
        "ivan@",
        "ivan@@example.ru",
        "ivan@a@example.ru",
        "ivan @example.ru",
        '"ivan"@example.ru',
        "ivan@example..ru",
        "ivan@.ru",
        "ivan@example.ru.",
        "ivan@-example.ru",
        "ivan@example-.ru",
        "ivan@-пример.рф",
        "ivan@пример-.рф",
        "ivan@[127.0.0.1]",
        "ivan@exa_mple.ru",
        "ivan@пример。рф",
        "ivan@💩.la",
        "💩@example.ru",
        "ivan\u200b@example.ru",
        "ivan\u034f@example.ru",
        "\u3164ivan@example.ru",
        "ivan@example.r\ufe0fu",
        "ivan\U000e0101@example.ru",
        f"ivan@{LABEL_63}a.ru",
        f"ivan@{'ж' * 58}.ru",  # в punycode метка длиннее 63 октетов
        "ivan@example.ru\nbcc@example.ru",
    ],
)
def test_rejects(address: str) -> None:
    assert not is_email(normal_email(address))


@pytest.mark.parametrize(
    ("spelling", "normal"),
    [
        ("Ivan@Example.RU", "ivan@example.ru"),
        ("  ivan@example.ru\n", "ivan@example.ru"),
        ("ИВАН@Пример.РФ", "иван@пример.рф"),
        ("иван@xn--e1afmkfd.xn--p1ai", "иван@пример.рф"),
        ("иван@XN--E1AFMKFD.рф", "иван@пример.рф"),
        ("jose\u0301@example.es", "jos\xe9@example.es"),
        ("i@xn--strae-oqa.de", "i@straße.de"),
        ("xn--e1afmkfd@example.ru", "xn--e1afmkfd@example.ru"),  # punycode бывает лишь в домене
        ("i@xn--abc-.ru", "i@xn--abc-.ru"),  # так ASCII не записывают
        ("i@xn--ls8h.la", "i@xn--ls8h.la"),
        ("i@xn--99999999.ru", "i@xn--99999999.ru"),  # за пределами Unicode
        ("i@xn---n7z.ru", "i@xn---n7z.ru"),  # раскрытая, она записалась бы иначе
        ("i@xn---3uzz3s.ru", "i@xn---3uzz3s.ru"),
        ("H\u0331@example.ru", "\u1e96@example.ru"),  # составная есть лишь строчная
        ("J\u030c@example.ru", "\u01f0@example.ru"),
        ("T\u0308@example.ru", "\u1e97@example.ru"),
        ("not an address", "not an address"),
    ],
)
def test_spellings_of_one_address_have_one_normal_form(spelling: str, normal: str) -> None:
    assert normal_email(spelling) == normal


@given(st.text() | emails() | st.from_regex(r"[a-z]@xn--[a-z0-9-]{1,20}\.ru", fullmatch=True))
@example("\u0130@\u0130.ru")
@example("Σ.Α@ΟΔΟΣ.gr")
@example("H\u0331@example.ru")
def test_normal_form_is_idempotent_for_any_text(text: str) -> None:
    assert normal_email(normal_email(text)) == normal_email(text)


@given(emails() | st.from_regex(r"[a-zA-Z]@[a-z0-9-]{1,20}\.ru"))
@example("ivan@example.ru\n")
@example(" ivan@example.ru")
def test_usual_address_is_correct_and_normal_already(address: str) -> None:
    lowered = address.lower()
    if address.isascii() and is_usual(lowered):
        assert is_email(lowered)
        assert normal_email(address) == lowered


def test_address_of_letters_and_digits_is_usual() -> None:
    assert is_usual("ivan.ivanov+shop@example.co.uk")


labels = st.from_regex(r"[a-z0-9-]{0,3}", fullmatch=True) | st.builds(
    lambda first, middle, last: first + "-" * middle + last,
    st.sampled_from(["", "a", "a" * 30]),
    st.integers(0, 34),
    st.sampled_from(["", "b", "b" * 32]),
)


@given(
    st.from_regex(r"[a-z.@!{ -]{0,4}", fullmatch=True),
    st.lists(labels, min_size=1, max_size=3),
)
@example("a", ["a" * 31 + "-" + "b" * 31])
@example("a", ["a" * 31 + "--" + "b" * 31])
def test_address_of_ascii_is_correct_where_the_standard_says_so(
    local: str, domain: list[str]
) -> None:
    address = f"{local}@{'.'.join(domain)}"
    assert is_email(address) == bool(_STANDARD.fullmatch(address))


@given(emails())
def test_case_and_composition_do_not_make_another_address(address: str) -> None:
    spelled = unicodedata.normalize("NFD", address.swapcase()).replace("SS", "ß")
    assert normal_email(spelled) == normal_email(address)
    assert is_email(normal_email(address))


@given(st.text("абвё09", min_size=1, max_size=20), st.text("abж-", max_size=5))
def test_unicode_and_punycode_spellings_of_a_domain_are_alike(start: str, end: str) -> None:
    label = start + end
    punycode = "xn--" + label.encode("punycode").decode() if not label.isascii() else label
    in_unicode, in_punycode = (normal_email(f"i@{form}.ru") for form in (label, punycode))
    if is_email(in_unicode):
        assert in_punycode == in_unicode


def test_no_label_is_shortened_by_more_than_the_rules_expect() -> None:
    for code in range(0x80, 0x110000):
        written = f"xn--{punycode.encode(chr(code))}."
        assert len(written) <= SHRINKS * len(f"{chr(code)}.")


@given(st.text(st.characters(min_codepoint=0x80, categories=["Lo", "Ll"]), min_size=1, max_size=70))
@example("\U000103ff" * 8)
@example("\u4e00\U000310ff" * 4)
def test_label_fits_if_its_punycode_does(label: str) -> None:
    address = normal_email(f"i@{label}.ru")
    label = address.removeprefix("i@").removesuffix(".ru")
    if is_email(address.replace(label, "a")) and is_email(f"{label}@a.ru"):
        assert is_email(address) == (len(punycode.encode(label)) <= 59)


def test_domain_longer_than_any_name_in_dns_stays_in_punycode() -> None:
    fits = "xn--p1ai." * 27 + "xn--p1ai"
    assert len(fits) <= 253
    assert normal_email(f"i@{fits}") == "i@" + "рф." * 27 + "рф"
    assert normal_email(f"i@{fits}.{fits}") == f"i@{fits}.{fits}"


@pytest.mark.parametrize("outer", ["\ufeff{}", "{}\u200b", "\u202a{}\u202c", "\u200e{} "])
def test_outer_format_characters_are_no_part_of_an_address(outer: str) -> None:
    assert normal_email(outer.format("Ivan@Пример.рф")) == "ivan@пример.рф"
