"""Строение строк: разделители в конце, недостающие ячейки, кавычки и то, чем экранируют."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.csv.dialects import Escape, hidden, shown
from tests.support.csv_reading import Read, cells


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("A,a@b.ru,1,,", ["A", "a@b.ru", "1"]),
        ("A,a@b.ru,1,x", ["A", "a@b.ru", "1", "x"]),
        ("A,a@b.ru", ["A", "a@b.ru"]),
    ],
)
def test_delimiters_at_the_end_mean_nothing(read: Read, row: str, expected: list[str]) -> None:
    [taken] = read(f"name,email,age\n{row}\n")[1]
    assert (taken.cells, taken.command is None) == (expected, len(expected) != 3)


def test_short_rows_lack_the_last_cells_if_it_is_told_or_they_have_no_name(read: Read) -> None:
    [row] = read("name,email,phone\nA,a@b.ru\n", has_short_rows=True)[1]
    assert row.cells == ["A", "a@b.ru", ""]
    [row] = read("name,email,,\nA,a@b.ru\n")[1]
    assert row.command is not None


def test_blanks_before_a_quotation_mark_are_passed_over_where_nothing_else_reads(
    read: Read,
) -> None:
    content = 'name, email, address\n"A", "a@b.ru", "Orsk, Mira 1"\n'
    assert cells(read(content)[1]) == [["A", "a@b.ru", "Orsk, Mira 1"]]
    assert cells(read('name,email\nA, "a@b.ru"\n')[1]) == [["A", ' "a@b.ru"']]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("A\\tB\ta@b.ru\t18\\nMira", ["A\tB", "a@b.ru", "18\nMira"]),
        ("A\\\tB\ta@b.ru\t18\\\nMira", ["A\tB", "a@b.ru", "18\nMira"]),
        ("A\\\\n\ta@b.ru\t\\N", ["A\\n", "a@b.ru", ""]),
        ('O\\\'B \\"J\\"\ta@b.ru\tx', ['O\'B "J"', "a@b.ru", "x"]),
    ],
)
def test_backslash_escapes_as_in_mysql_and_postgresql(
    read: Read, content: str, expected: list[str]
) -> None:
    _, rows = read(f"name\temail\taddress\n{content}\n", escape="backslash")
    assert cells(rows) == [expected]


def test_backslash_before_a_quotation_mark_is_kept_as_in_php(read: Read) -> None:
    _, rows = read('name,email\n"3\\"B"""," a"\nC:\\new,b\n', escape="php")
    assert cells(rows) == [['3\\"B"', " a"], ["C:\\new", "b"]]


@given(st.lists(st.text(st.characters(codec="utf-8", max_codepoint=0x2FF), min_size=1), min_size=2))
def test_escaped_text_comes_back(values: list[str]) -> None:
    signs = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0", '"': '\\"'}
    line = "\t".join("".join(signs.get(sign, sign) for sign in value) for value in values)
    [read] = csv.reader([hidden(line, Escape.BACKSLASH)], delimiter="\t", strict=True)
    assert [shown(cell, Escape.BACKSLASH) for cell in read] == values
