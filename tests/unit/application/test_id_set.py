"""Множество номеров: то же, что ``set``, только в битах."""

from hypothesis import given
from hypothesis import strategies as st

from application.id_set import IdSet

NUMBERS = st.sets(st.integers(0, 2**31 - 1) | st.integers(0, 2**16))


@given(added=NUMBERS, asked=NUMBERS)
def test_holds_what_was_added_and_nothing_else(added: set[int], asked: set[int]) -> None:
    ids = IdSet()
    for number in added:
        ids.add(number)
    assert {number for number in added | asked if number in ids} == added
