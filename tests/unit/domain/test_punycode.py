"""Punycode: как у стандартной библиотеки, но строже."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import punycode

LABELS = st.text(
    st.sampled_from("abc-09")
    | st.sampled_from("абвёß")
    | st.characters(min_codepoint=0x80, exclude_categories=["Cs"]),
    max_size=60,
)
WRITTEN = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", max_size=59)


@given(LABELS)
@example("他们为什么不说中文")  # RFC 3492, 7.1
@example("3年b組金八先生")
@example("-> $1.00 <-")
def test_label_is_written_as_by_the_standard_library(label: str) -> None:
    assert punycode.encode(label) == label.encode("punycode").decode("ascii")


@given(LABELS.filter(lambda label: not label.isascii()))
def test_written_label_is_read_back(label: str) -> None:
    assert punycode.decode(punycode.encode(label)) == label


@given(WRITTEN)
def test_label_has_one_writing(written: str) -> None:
    try:
        label = punycode.decode(written)
    except ValueError:
        return
    assert punycode.encode(label) == written


@pytest.mark.parametrize(
    "written", ["", "abc-", "-n7z", "99999999", "a b", "я", "e1afmkfd9", "E1AFMKFD"]
)
def test_what_nobody_writes_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"ASCII|Unicode|not found"):
        punycode.decode(written)
