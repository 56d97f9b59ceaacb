"""Книга: лист, заголовок, номера строк; числа, которые были телефонами."""

import io
import sys
import zipfile

import pytest

from application.customer_rows import SourceError
from tests.support.csv_reading import Read
from tests.support.project import ROOT
from tests.support.workbooks import DAY, workbook

HEADER = ["name", "email", "age", "phone"]
XLSB = workbook({"A": [HEADER]}).replace(b"workbook.xml", b"workbook.bin")


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_every_kind_of_workbook_is_known_by_its_content(read: Read, ending: str) -> None:
    content = (ROOT / f"tests/support/data/csv/customers.{ending}").read_bytes()
    file, rows = read(content)
    commands = [row.command for row in rows if row.command]
    assert [(one.name, one.age, one.address, one.phone) for one in commands] == [
        ("Ivan", 33, "Orsk", "+79213451948"),
        ("Anna", 41, "Orsk", "+35315551234"),
        ("Petr", 45, "00123", "+89213451948"),
    ]
    assert [row.line for row in rows] == [2, 3, 4]
    assert file.note == "sheet 'Customers' is read, not 'Second'; --sheet NAME takes another"


def test_rows_have_the_numbers_that_the_spreadsheet_shows(read: Read) -> None:
    rows = [["Our customers"], HEADER, ["Ivan", "i@b.ru"], [], ["Anna", "a@b.ru"]]
    _, taken = read(workbook({"A": rows}, first_row=4))
    assert [(row.line, row.command and row.command.name) for row in taken] == [
        (6, "Ivan"),
        (8, "Anna"),
    ]


def test_position_of_a_column_is_the_one_that_the_spreadsheet_shows(read: Read) -> None:
    rows = [[None, "name", "email", "tel", "tel"], [None, "Ivan", "i@b.ru", "+1", "+2"]]
    _, [row] = read(workbook({"A": rows}), columns={"phone": "5"})
    assert row.command is not None
    assert row.command.phone == "+2"


@pytest.mark.parametrize(
    ("number", "phone", "kind"),
    [
        (79213451948, "79213451948", "number_cell"),
        (79213451948.0, "79213451948", "number_cell"),
        (79213400000, "79213400000", "rounded_number"),
        (123456, "123456", "short_number"),
    ],
)
def test_number_that_was_a_phone_is_its_digits_and_told(
    read: Read, number: float, phone: str, kind: str
) -> None:
    file, [row] = read(workbook({"A": [HEADER, ["Ivan", "i@b.ru", 33, number]]}))
    assert row.command is not None
    assert (row.command.age, row.command.phone) == (33, phone)
    assert [one.kind for one in [*file.mended, *file.suspicious]] == [kind]
    assert file.damage == []


@pytest.mark.parametrize(
    ("age", "phone", "broken"),
    [
        (33, 7921345194812345, [("phone", "lost_digits")]),
        (33, 7921345194812345678, [("phone", "lost_digits")]),
        (33, 792.5, [("phone", "lost_digits")]),
        (33, True, [("phone", "not_text")]),
        (33, DAY, [("phone", "not_text")]),
        (DAY, None, [("age", "not_a_whole_number")]),
        (True, None, [("age", "not_a_whole_number")]),
    ],
)
def test_value_that_has_lost_its_meaning_is_refused(
    read: Read, age: object, phone: object, broken: list[tuple[str, str]]
) -> None:
    _, [row] = read(workbook({"A": [HEADER, ["Ivan", "i@b.ru", age, phone]]}))
    assert [(rule.field, rule.code) for rule in row.broken] == broken
    assert row.command is None


def test_first_sheet_that_is_not_hidden_is_read_and_another_may_be_told(read: Read) -> None:
    book = workbook({name: [HEADER, [name, f"{name}@b.ru"]] for name in "ABC"}, hidden=["A"])
    assert read(book)[1][0].cells[0] == "B"
    assert read(book, sheet="A")[1][0].cells[0] == "A"
    with pytest.raises(SourceError, match="there is no sheet 'D', but 'A', 'B', 'C'"):
        read(book, sheet="D")
    with pytest.raises(SourceError, match="every sheet of the workbook is hidden"):
        read(workbook({"A": [HEADER]}, hidden=["A"]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (workbook({"A": [["name"], ["Ivan"]]}), "no column 'email' in the first line"),
        (workbook({"A": []}), "there is nothing on the sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is damaged or cut short"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password",
        ),
        (workbook({"A": [HEADER]})[:-30], "is a ZIP archive"),
        (
            workbook({"A": [HEADER]}).replace(b"workbook.xml", b"workbook.bin"),
            "is an .xlsb workbook",
        ),
    ],
)
def test_workbook_that_cannot_be_read_is_told(read: Read, content: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(content)


def blown_up(book: bytes) -> bytes:
    """Кладёт в книгу ещё десять мегабайтов ничего."""
    content = io.BytesIO(book)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image.bmp", bytes(10_000_000))
    return content.getvalue()


def test_workbook_with_much_more_inside_than_its_size_is_refused(read: Read) -> None:
    with pytest.raises(SourceError, match="unpacks to much more than its size: save it as CSV"):
        read(blown_up(workbook({"A": [HEADER]})))


@pytest.mark.parametrize("far_cell", ["XFD1048576", "XFD400", "E1048576"])
def test_cell_too_far_from_the_others_is_refused_before_memory_is_taken(
    read: Read, far_cell: str
) -> None:
    with pytest.raises(SourceError, match="is a workbook with cells very far from the others"):
        read(workbook({"A": [HEADER]}, far_cell=far_cell))


def test_cell_a_little_away_is_no_harm(read: Read) -> None:
    _, rows = read(workbook({"A": [HEADER, ["Ivan", "ivan@example.ru"]]}, far_cell="ALL1000"))
    assert [row.line for row in rows] == [2, 1000]


def test_sheet_that_does_not_unpack_is_damaged(read: Read) -> None:
    book = workbook({"A": [HEADER]})
    assert book.count(b"sheetData") == 2
    with pytest.raises(SourceError, match="is damaged or cut short"):
        read(book.replace(b"sheetData", b"sheetDatX", 1))


def test_sheet_of_a_file_that_is_no_workbook_is_told(read: Read) -> None:
    with pytest.raises(SourceError, match="is no workbook: it has no sheet 'A'"):
        read(b"name,email\n", sheet="A")


def test_workbook_without_the_extra_names_it(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(SourceError, match=r"install crm-api\[spreadsheets\] to read it"):
        read(workbook({"A": [HEADER]}))
