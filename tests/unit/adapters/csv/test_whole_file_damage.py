"""Чем испорчен файл в целом: склеен, обрезан, в двух кодировках, столбцы переставлены."""

from pathlib import Path

import pytest

from adapters.csv.opening import opened_csv
from tests.support.csv_reading import Read


def test_file_that_ends_at_the_edge_of_a_block_without_a_line_break_may_be_cut(read: Read) -> None:
    whole = "name,email\n" + "".join(f"Anna,a{number}@example.ru\n" for number in range(1000))
    cut = whole.encode()[:8192]
    file, rows = read(cut)
    found = file.suspicious[-1]
    assert (found.field, found.kind, found.lines) == ("row", "cut_file", (rows[-1].line,))
    assert file.damage == []
    lines = whole[:4090].rpartition("\n")[0]
    utf_16 = (lines + " " * (4095 - len(lines)) + "\n").encode("utf-16-le")
    for good in (cut + b"\n", whole.encode()[:8191] + b"\n", utf_16):
        assert "cut_file" not in [one.kind for one in read(good)[0].suspicious]


@pytest.mark.parametrize("content", [b"a", b"ab", b"a\n", b"a\r\n"])
def test_file_of_a_few_bytes_is_read_to_its_end(read: Read, content: bytes) -> None:
    file, rows = read(content, columns={"name": "1", "email": "1"})
    assert (rows, file.damage, file.suspicious) == ([], [], [])


def test_what_people_write_too_is_damage_where_half_of_the_first_rows_have_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "customers.csv"
    for swapped, kinds in ((4, []), (5, ["other_field"])):
        rows = [f"a{number}@b.ru,a{number}@b.ru\n" for number in range(swapped)]
        rows += [f"Anna,anna{number}@b.ru\n" for number in range(5)]
        path.write_text("name,email\n" + "".join(rows))
        with opened_csv(str(path)) as file:
            assert [one.kind for one in file.damage] == kinds


def test_mark_of_the_byte_order_in_the_middle_opens_a_cell_in_quotation_marks(read: Read) -> None:
    _, rows = read('\ufeffname,email\nA,a@b.ru\n\ufeff"B, C",b@b.ru\n'.encode())
    assert [row.cells for row in rows] == [["A", "a@b.ru"], ["B, C", "b@b.ru"]]


def test_lines_in_utf_8_among_those_of_another_encoding_are_told(read: Read) -> None:
    text = "name,email\n" + "Иван Петров,i@b.ru\n" * 30
    file, rows = read(text.encode("cp1251") + "Пётр И,p@b.ru\n".encode(), encoding="cp1251")
    assert [rule.code for row in rows for rule in row.broken] == ["wrong_encoding"]
    assert file.encoding_advice.startswith("they are in UTF-8: the file is in two encodings")


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("name,email,address,phone,\nA,a@b.ru,Mira 1, Orsk,+79213451948\nB,b@b.ru,X,+7,\n", (2,)),
        ("name,phone,,email\nA,+79213451948,+79213451949,a@b.ru\n", (2,)),
        (",name,email\n0,A,a@b.ru\n1,B,b@b.ru\n", ()),
        ("name,email,,\nA,a@b.ru,,\nB,b@b.ru\n", ()),
    ],
)
def test_cell_under_a_column_without_a_name_is_told(
    read: Read, content: str, lines: tuple[int, ...]
) -> None:
    file, _ = read(content.encode())
    found = [one for one in file.suspicious if one.kind == "unnamed_cell"]
    assert [one.lines for one in found] == ([lines] if lines else [])
    assert file.damage == []


@pytest.mark.parametrize("quote", ["", '"'])
def test_line_of_powershell_before_the_heading_is_passed_over(read: Read, quote: str) -> None:
    content = f'{quote}#TYPE System.Data.DataRow{quote}\r\n"name","email"\r\n"A","a@b.ru"\r\n'
    _, rows = read(content.encode())
    assert [(row.line, row.cells) for row in rows] == [(3, ["A", "a@b.ru"])]
