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
        archive.writestr("content.xml", f"<table:table>{''.join(rows)}</table:table>")
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


def test_tag_that_the_border_of_a_piece_cuts_is_read_whole() -> None:
    filler = "<!--" + "x" * ((1 << 20) - 60) + "-->"
    assert is_sparse(ods(filler, row(repeated=1_048_576)))
