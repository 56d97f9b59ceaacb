"""Что считается одним адресом: регистр не важен ни у одной буквы Unicode."""

import hashlib
from itertools import batched
from unicodedata import category, normalize

import idna
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain import punycode
from domain.customer import RULES
from domain.email import MAX_LENGTH, compared_email, is_email, normal_email
from domain.repertoire import is_in_repertoire
from domain.rules import RuleBrokenError
from tests.support.customers import emails
from tests.support.spellings import ONE_MAILBOX, TWO_MAILBOXES

LETTERS = [
    char
    for char in map(chr, range(0x80, 0x110000))
    if category(char) in {"Ll", "Lu", "Lt", "Lo", "Lm", "Mn", "Mc", "Nd"} and is_in_repertoire(char)
]
# Остальные ни регистр, ни NFKC не меняет.
CHANGING = [
    char
    for char in LETTERS
    if {char}
    != {char.lower(), char.upper(), char.title(), char.casefold(), normalize("NFKC", char)}
]
# Буква одна, дважды, перед точкой, «@», апострофом и в конце; с чужими соседями и без них.
PLACES = ("{0}@a{0}", "{0}{0}.x{0}.a{0}'a@x{0}{0}.a{0}.ru", "α{0}@α{0}")


def compared(spelling: str) -> str:
    return compared_email(normal_email(spelling))


@pytest.mark.parametrize(("one", "other"), ONE_MAILBOX)
def test_one_mailbox(one: str, other: str) -> None:
    assert compared(one) == compared(other)
    assert is_email(normal_email(one))


@pytest.mark.parametrize(("one", "other"), TWO_MAILBOXES)
def test_two_mailboxes(one: str, other: str) -> None:
    assert compared(one) != compared(other)
    assert is_email(normal_email(one))


def test_case_of_no_letter_makes_another_customer() -> None:
    differ = set()
    for char in CHANGING:
        spelled = {char.lower(), char.upper(), char.title(), char.swapcase(), char.casefold()}
        for place in PLACES:
            expected = compared(place.format(char))
            for other in spelled - {char}:
                if compared(place.format(other)) != expected:
                    differ.add((char, other))
    # ß и ss — две буквы и одна (RFC 5892, 2.6), а ı и i — разные буквы, хоть прописная у них одна.
    assert differ == {("ß", "SS"), ("ß", "Ss"), ("ß", "ss"), ("ẞ", "ss"), ("ı", "I")}


def test_comparing_what_is_compared_changes_nothing() -> None:
    for char in CHANGING:
        for place in PLACES:
            once = compared(place.format(char))
            assert compared_email(once) == once
            assert compared(once) == once


@given(emails() | st.from_regex(r"[\w.]{1,9}@[\w]{1,9}(\.xn--[a-z0-9-]{1,20})?", fullmatch=True))
@example("\u0345\u0345@\u0345.ru")
@example("α\u0334\u0301\u0345@a.ru")
@example("a@ｘｎ--ｘn--e1afmkfd.ru")
def test_any_address_is_compared_alike_in_any_case(address: str) -> None:
    assume(is_email(normal_email(address)))
    once = compared(address)
    assert compared(once) == once
    if "ß" not in once and "ı" not in once:
        assert compared(normalize("NFD", address).upper()) == once
        assert compared(address.swapcase()) == once


def test_domain_is_compared_as_browsers_map_it() -> None:
    # UTS #46, 4: отображение из независимой таблицы; чего она не пускает, того в домене и нет.
    changing = set(CHANGING)
    for char in LETTERS:
        try:
            mapped = idna.uts46_remap(char, std3_rules=False, transitional=False)
        except idna.IDNAError:
            continue
        if (mapped != char or char in changing) and is_email(normal_email(f"a@{char}.ru")):
            assert compared(f"a@x{char}x.ru") == compared(f"a@x{mapped}x.ru"), char


def test_ascii_is_compared_as_it_is() -> None:
    assert (
        compared("Ivan.!#$%&'*+/=?^_`{|}~-@XN--LS8H.la") == "ivan.!#$%&'*+/=?^_`{|}~-@xn--ls8h.la"
    )


@pytest.mark.parametrize("text", ["a＠b.ru", "a@b．ru", "ΟΔΟς", "", "ς" * 99 + "@a.ru"])
def test_what_is_no_address_or_too_long_is_compared_as_it_is(text: str) -> None:
    assert compared_email(text) == text


def test_address_is_too_long_if_what_is_compared_is() -> None:
    rule = RULES["email"]
    assert rule(f"a@{'\ufdfa' * 5}.ru") == f"a@{'\ufdfa' * 5}.ru"
    assert len(compared(f"a@{'\ufdfa' * 5}.ru")) <= MAX_LENGTH
    with pytest.raises(RuleBrokenError, match="too_long"):
        rule(f"a@{'\ufdfa' * 6}.ru")


def test_letter_that_a_newer_unicode_has_is_no_letter_on_any_python() -> None:
    later = "\u1c8a"  # Unicode 16.0
    assert not is_in_repertoire(later)
    assert not is_email(f"{later}@a.ru")
    written = f"a@xn--{punycode.encode(later)}.ru"
    assert normal_email(written) == written


def test_forms_of_every_address_are_those_of_any_python() -> None:
    # Новый Unicode прежних знаков не меняет. Если изменит, всех, кто записан, надо переписать.
    folding = [char for char in LETTERS if {char} != {char.casefold(), normalize("NFKC", char)}]
    together = [f"{''.join(chars)}@{chars[-1]}.ru" for chars in batched(LETTERS, 20)]
    digest = hashlib.sha256()
    for address in [*(place.format(char) for char in folding for place in PLACES), *together]:
        normal = normal_email(address)
        digest.update(f"{normal}\n{compared_email(normal)}\n".encode())
    assert digest.hexdigest() == (
        "4794975ac115e4724750c6e910ad91a8dfbed14752ecc80416fd65d533431ae6"
    )
