"""Подозрительные ячейки: что пишут инструменты на месте потерянного, и что бывает на самом деле."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.csv.findings import Findings
from adapters.csv.suspicion_kinds import Kind
from adapters.csv.suspicions import ESCAPES, ESCAPES_OF_TABBED, suspicion
from adapters.csv.usual_rows import is_usual_cell, usual_row
from tests.support.csv_reading import mended


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("name", "Null"),
        ("name", "Jennifer Null"),
        ("name", "Nan"),
        ("name", "Ñandú Ãngela"),
        ("name", "С.В. Рыбаков — «РСЁ»"),
        ("name", "ÑUÑO ÂGE"),
        ("address", "C:\\temp\\new"),
        ("address", "Who knows?"),
        ("address", "#12, Mira"),
        ("gender", "?"),
        ("phone", "нет"),
        ("phone", "none"),
        ("name", "=Cmd"),
        ("name", "Nan Nan"),
        ("name", "Ivan Null"),
        ("address", "[yard] 5"),
        ("address", "12E"),
        ("phone", "06-18-20"),
        ("phone", "-"),
        ("phone", "8 800 555-35-35 доб. 12"),
        ("phone", "1-800-FLOWERS1"),
        ("phone", "21.34.56.78"),
        ("phone", "2021-345-678"),
        ("address", "9 мая 15"),
        ("address", "Mar del Plata"),
        ("address", "May-Tree House"),
        ("address", "18/2"),
        ("address", "100% wool & co; [yard]"),
        ("name", "Smith & Sons"),
        ("name", "A=B"),
    ],
)
def test_what_people_write_is_left_alone(name: str, cell: str) -> None:
    assert suspicion(name, cell) is None


@pytest.mark.parametrize("name", ["name", "email", "address"])
@pytest.mark.parametrize(
    "cell",
    [
        *("Ivan <i.ivanov@example.ru>", "Anna <a.smith@example.com>", "<p@x.ru>", "<u-1@x.ru>"),
        *("<h1@x.ru>", "B <b+shop@x.ru>", "<A@x.ru>", "Li <li_2@x.ru>"),
    ],
)
def test_address_in_angle_brackets_is_no_tag(name: str, cell: str) -> None:
    assert suspicion(name, cell) is not Kind.HTML_ENTITY
    assert suspicion("email", cell) is None


@pytest.mark.parametrize(
    "cell", ["Ivan<br>", "<b>Ivan", "x<br/>y", "<p\n>", '<a href="mailto:a@b.ru">', "</u>", "<I>"]
)
def test_tag_is_one(cell: str) -> None:
    assert suspicion("name", cell) is Kind.HTML_ENTITY


@pytest.mark.parametrize("cell", ["Orsk\\nMira", "Back\\\\slash", "O\\'Brien", "Mira\\"])
def test_backslash_in_a_tabbed_file_escapes(cell: str) -> None:
    assert suspicion("address", cell, ESCAPES_OF_TABBED) is Kind.BACKSLASH_ESCAPE
    assert suspicion("address", cell, None) is None


ODDITIES = (
    st.sampled_from(
        [
            *"\\'=#?\ufffdРСÐÑ \t°њ\x1f",
            "NULL",
            " NA",
            "nan ",
            "\\N",
            "7.92E+10",
            "TRUE",
            "Anna",
            "'+",
        ]
    )
    | st.sampled_from(
        ["&amp;", "%D0%98", "=D0=98", "1-Mar", "мар-21", "2147483647", "b''", "{a,b}", "[object X]"]
    )
    | st.sampled_from(["01.05.2021", "2021-05-01", "\\u0418", "='", "<a at 0x1>"])
    | st.sampled_from(["Иван", "мИР", "Anna", "ÃŠ", "Ă©", "РІ", "Ξ“", "–ò", "xXX", "**", '""'])
    | st.sampled_from(
        [" null", ", NULL", " None", "...", "…", "a@b.ru", "00000", "12345", "-", "0"]
    )
    | st.sampled_from(["\u200b", "\xad", "\xa0", "mailto:", "tel:", "+BBg-", "0JjQstCw", "M?l"])
)


FIELDS = ("name", "email", "age", "gender", "country", "address", "phone")


@given(
    cells=st.fixed_dictionaries(
        {name: st.lists(ODDITIES, max_size=4).map("".join) for name in FIELDS}
    ),
    escapes=st.sampled_from([ESCAPES, ESCAPES_OF_TABBED, None]),
)
@example(cells={"address": "ÃŠ"}, escapes=None)
@example(cells={"address": "РІРІ"}, escapes=None)
@example(cells={"address": "Ξ¸Ξ¹"}, escapes=None)
@example(cells={"address": "мИРмИР"}, escapes=None)
@example(cells={"address": "caf茅s"}, escapes=None)
@example(cells={"name": "ЯЁЯЁ"}, escapes=None)
def test_row_that_is_not_looked_at_cell_by_cell_has_nothing_in_it(
    cells: dict[str, str], escapes: "re.Pattern[str] | None"
) -> None:
    usual = {name: cell for name, cell in cells.items() if is_usual_cell(name, cell)}
    assert usual_row(list(cells))(list(cells.values())) == (len(usual) == len(cells))
    for name, cell in usual.items():
        assert suspicion(name, cell, escapes) is None, (name, cell)
        assert mended(name, cell) == cell


@pytest.mark.parametrize(
    "cells",
    [
        ["Роман Сергеев", "r@b.ru", "33", "м", "Россия", "ул. Савёлова, 1", "+7 (921) 345-19-48"],
        ["ANNA SMITH", "a.b_c@mail.b-c.com", "", "", "", "12 High St. 5/2", "02012345678"],
        ["山田太郎", "y@b.jp", "7", "0", "日本", "東京都港区 4-2-8", "(03) 1234-5678"],
    ],
)
def test_usual_row_is_not_looked_at_cell_by_cell(cells: list[str]) -> None:
    assert usual_row(FIELDS)(cells)


def test_day_in_place_of_a_phone_is_looked_at() -> None:
    assert not is_usual_cell("phone", "2021-05-01")
    assert not usual_row(["phone", "name"])(["1999-12-31", "Ivan"])
    assert is_usual_cell("phone", "2021-05-012")


def test_cells_are_counted_with_the_first_lines_and_two_examples() -> None:
    findings = Findings()
    for line in range(2, 10):
        findings.add("phone", "null_word", line, f"NULL{line % 3}")
    [found] = findings.all()
    assert (found.rows, found.lines, found.examples) == (8, (2, 3, 4, 5, 6), ("NULL2", "NULL0"))
