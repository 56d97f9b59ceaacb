"""Подозрительные ячейки: что пишут инструменты на месте потерянного, и что бывает на самом деле."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.csv.suspicion_kinds import Kind
from adapters.csv.suspicions import ESCAPES, ESCAPES_OF_TABBED, Findings, is_ordinary, suspicion


@pytest.mark.parametrize(
    ("name", "cell", "kind"),
    [
        *(
            ("name", word, Kind.NULL_WORD)
            for word in ("\\N", "NULL", "NA", "nan", "None", " NULL ", "<nil>", "undefined")
        ),
        ("country", "#N/A", Kind.SPREADSHEET_ERROR),
        ("phone", "#ССЫЛКА!", Kind.SPREADSHEET_ERROR),
        ("phone", "####", Kind.HIDDEN_NUMBER),
        ("phone", "7.92E+10", Kind.NUMBER_IN_PHONE),
        ("phone", "7,92135E+10", Kind.NUMBER_IN_PHONE),
        ("phone", "79213451948.0", Kind.NUMBER_IN_PHONE),
        ("phone", "FALSE", Kind.BOOLEAN_IN_PHONE),
        ("phone", "ул. Молодёжная", Kind.PHONE_WITHOUT_DIGITS),
        ("name", "???? ??????", Kind.QUESTION_MARKS),
        ("address", "??, ??. ?????? 18", Kind.QUESTION_MARKS),
        ("name", "Анна \ufffd\ufffdлкина", Kind.REPLACEMENT_CHARACTER),
        ("name", "Ð˜Ð²Ð°Ð½", Kind.DECODED_TWICE),
        ("name", "РђРЅРЅР°", Kind.DECODED_TWICE),
        ("name", "JosÃ©", Kind.DECODED_TWICE),
        ("name", "O’Brien".encode().decode("cp1252"), Kind.DECODED_TWICE),
        ("address", "Orsk\\\nMira 1", Kind.BACKSLASH_ESCAPE),
        ("phone", "2147483647", Kind.NUMBER_IN_PHONE),
        ("phone", "21-Mar", Kind.DATE),
        ("phone", "01.05.2021", Kind.DATE),
        ("address", "18.фев", Kind.DATE),
        ("address", "Mar-21", Kind.DATE),
        ("name", "O&#39;Brien", Kind.HTML_ENTITY),
        ("address", "1&nbsp;Mira", Kind.HTML_ENTITY),
        ("name", "=?UTF-8?B?0JjQstCw0L0=?=", Kind.ENCODED_LETTERS),
        ("name", "=D0=98=D0=B2", Kind.ENCODED_LETTERS),
        ("name", "%D0%98%D0%B2", Kind.ENCODED_LETTERS),
        ("name", "\\u0418\\u0432", Kind.ENCODED_LETTERS),
        ("name", "b'Ivan'", Kind.PROGRAM_VALUE),
        ("name", "['Ivan']", Kind.PROGRAM_VALUE),
        ("address", '{"Mira 1",Orsk}', Kind.PROGRAM_VALUE),
        ("address", "[object Object]", Kind.PROGRAM_VALUE),
    ],
)
def test_damage_is_seen(name: str, cell: str, kind: Kind) -> None:
    assert suspicion(name, cell) is kind


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
)


@given(
    cells=st.fixed_dictionaries(
        {name: st.lists(ODDITIES, max_size=4).map("".join) for name in ("name", "email", "phone")}
    ),
    escapes=st.sampled_from([ESCAPES, ESCAPES_OF_TABBED, None]),
)
def test_row_that_is_not_looked_at_cell_by_cell_has_nothing_in_it(
    cells: dict[str, str], escapes: "re.Pattern[str] | None"
) -> None:
    if is_ordinary(cells.values(), cells["phone"]):
        assert [suspicion(name, cell, escapes) for name, cell in cells.items()] == [None] * 3
        assert not any(cell.startswith(("'", "=")) for cell in cells.values())


def test_usual_row_is_not_looked_at_cell_by_cell() -> None:
    assert is_ordinary(["Роман Сергеев", "r@b.ru", "Россия, ул. Савёлова, 1"], "+7 (921) 345-19-48")


def test_cells_are_counted_with_the_first_lines_and_two_examples() -> None:
    findings = Findings()
    for line in range(2, 10):
        findings.add("phone", "null_word", line, f"NULL{line % 3}")
    [found] = findings.all()
    assert (found.rows, found.lines, found.examples) == (8, (2, 3, 4, 5, 6), ("NULL2", "NULL0"))
