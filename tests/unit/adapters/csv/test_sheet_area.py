"""Работа с книгой .ods — по её длине: строка, повторённая миллион раз, занимает в файле байты."""

import io
import zipfile

import pytest

from adapters.csv.sheet_area import is_sparse

ROW = '<table:table-row{}><table:table-cell office:value-type="string"{}>x</table:table-cell>{}'
END = "</table:table-row>"
ROWS, COLUMNS = (' table:number-rows-repeated="{}"', ' table:number-columns-repeated="{}"')
BLANK = f"<table:table-cell{COLUMNS.format(16384)}/>"


def ods(*rows: str) -> zipfile.ZipFile:
    """Собирает из книги одно содержание: больше здесь ничего не читают."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        tables = f"<table:table>{''.join(rows)}</table:table>"
        archive.writestr("content.xml", f"<office:spreadsheet>{tables}</office:spreadsheet>")
    return zipfile.ZipFile(content)


def row(repeated: int = 1, columns: int = 1, rest: str = "") -> str:
    told = ROWS.format(repeated) if repeated > 1 else ""
    return ROW.format(told, COLUMNS.format(columns) if columns > 1 else "", rest) + END


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row()], False),
        ([row(columns=7)] * 1000, False),
        ([row(rest=BLANK), f"<table:table-row{ROWS.format(1048575)}>{BLANK}{END}"], False),
        ([row(repeated=50_000)], False),
        ([row(repeated=1_048_576)], True),
        ([row(repeated=20_000, columns=1000)], True),
        ([row()] * 50 + [row(repeated=100, columns=16_384)] * 4, True),
        ([f"<table:table-row{ROWS.format(1_000_000)}>{BLANK}{END}", row(columns=7)], True),
        (["</table:table><table:table>".join([row(repeated=40_000, columns=100)] * 2)], False),
    ],
)
def test_repeated_rows_and_cells_are_counted_as_what_they_become(
    rows: list[str], *, expected: bool
) -> None:
    assert is_sparse(ods(*rows)) == expected


def empty_element(attributes: str) -> str:
    """Строка, повторённая до конца листа, из одной ячейки без содержимого."""
    rows, columns = ROWS.format(1_048_576), COLUMNS.format(16_384)
    return f"<table:table-row{rows}><table:table-cell {attributes}{columns}/>{END}"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('office:value="1"', True),
        ('office:value-type="float" office:value="1"', True),
        ('office:string-value="x"', True),
        ('office:date-value="2026-11-29"', True),
        ('office:boolean-value="true"', True),
        ('office:value-type="string"', True),
        ('table:formula="of:=[.B1]>1"', True),
        ("office:value = '1'", True),
        ('table:style-name="ce1" table:content-validation-name="val1"', False),
    ],
)
def test_cell_without_content_may_have_a_value(attributes: str, *, expected: bool) -> None:
    assert is_sparse(ods(empty_element(attributes))) == expected


@pytest.mark.parametrize("told", ['"+1048576"', '"&#49;048576"', "'1048576'", '"9999999999"'])
def test_number_of_repeats_is_read_however_it_is_written(told: str) -> None:
    repeated = row().replace("-row>", f"-row table:number-rows-repeated = {told}>", 1)
    assert is_sparse(ods(repeated))


def test_what_stands_in_a_comment_begins_no_new_table() -> None:
    assert is_sparse(ods(row(repeated=80_000), "<!--<table:table>-->", row(columns=1000)))


@pytest.mark.parametrize(
    ("spaces", "repeated", "expected"),
    [(9, 1000, False), (101_000_000, 1, True), (2000, 60_000, True)],
)
def test_repeated_signs_are_counted(spaces: int, repeated: int, *, expected: bool) -> None:
    filled = row(repeated=repeated).replace(">x<", f'>x<text:s text:c="{spaces}"/><')
    assert is_sparse(ods(filled)) == expected
    if repeated > 1:
        assert is_sparse(ods(row(repeated=repeated).replace("x", "x" * spaces))) == expected


@pytest.mark.parametrize("content", ["<table:table>", '<!DOCTYPE x [<!ENTITY y "z">]><x/>', ""])
def test_content_that_is_no_xml_is_a_damaged_book(content: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", content)
    with pytest.raises(zipfile.BadZipFile, match=r"content\.xml"):
        is_sparse(zipfile.ZipFile(file))


def test_tag_that_the_border_of_a_piece_cuts_is_read_whole() -> None:
    filler = "<!--" + "x" * ((1 << 20) - 60) + "-->"
    assert is_sparse(ods(filler, row(repeated=1_048_576)))
