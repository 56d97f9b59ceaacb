"""Заголовок и команды: какой столбец какое поле, чем разделены ячейки, что из них выходит."""

import attrs
import pytest

from adapters.csv.cells import command_maker, key_prefix
from adapters.csv.layout import Delimiter, Layout, read_layout
from adapters.csv.lines import BadLine, Encoding
from adapters.csv.records import Record
from application.customer_rows import SourceError
from tests.support.customers import IVAN
from tests.unit.adapters.csv.test_records import source_of


def layout(header: str | BadLine | None, **options: object) -> Layout:
    return read_layout(header, Encoding.UTF_8, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", Delimiter)
def test_delimiter_is_found_in_the_header(delimiter: Delimiter) -> None:
    found = layout(delimiter.join(["name", '"email"', "a,b;c" if delimiter == "\t" else "age"]))
    assert (found.delimiter, dict(found.places)["email"]) == (delimiter, 1)


@pytest.mark.parametrize("delimiter", Delimiter)
def test_delimiter_is_found_between_quoted_names(delimiter: Delimiter) -> None:
    found = layout(delimiter.join(['"name"', '"email"', '"last, first; a"']))
    assert (found.delimiter, found.places) == (delimiter, {"name": 0, "email": 1})


def test_delimiter_is_the_one_that_finds_the_columns() -> None:
    assert layout("name;email;a,b,c,d,e").delimiter is Delimiter.SEMICOLON


def test_delimiter_may_be_given() -> None:
    assert layout("name;email,name,email", delimiter=Delimiter.COMMA).places == {
        "name": 1,
        "email": 2,
    }


def test_columns_are_found_by_name_in_any_case_and_order() -> None:
    found = layout(" EMAIL ,Phone,Имя,id,Name,\n")
    assert found.places == {"name": 4, "email": 0, "phone": 1}
    assert found.ignored == ["Имя", "id"]


def test_columns_may_be_called_otherwise() -> None:
    found = layout("Имя;E-Mail;name\n", named={"name": "имя", "email": "e-mail"})
    assert found.places == {"name": 0, "email": 1}
    assert found.ignored == ["name"]


@pytest.mark.parametrize(
    ("header", "named", "message"),
    [
        (
            "name,mail",
            {},
            "no column 'email' in the first line, which has 'name', 'mail'; --column",
        ),
        ("one column", {}, "no column 'name', 'email' in the first line"),
        ("name,email", {"phone": "Tel"}, "no column 'Tel'"),
        ("name,email", {"email": "E-Mail"}, "no column 'E-Mail'"),
        ("name,email,Email", {}, "more than one column 'email'"),
        (None, {}, "there is nothing in the file"),
        ("\n", {}, "no column 'name', 'email'"),
        ('name,"email\n', {}, "the first line is not a line of CSV"),
        ("name,email\rIvan,a@b.ru\r", {}, "ended by LF or CRLF"),
        ("n\0a\0m\0e\0", {}, "this is not a text file in CSV"),
        (BadLine("wrong_encoding", r"\xff\xfen\x00"), {}, "this is not a text file in CSV"),
        (BadLine("wrong_encoding", "PK\x03\x04"), {}, "this is not a text file in CSV"),
        (BadLine("wrong_encoding", r"\xc8\xec"), {}, "not in utf-8; try --encoding windows-1251"),
        (BadLine("line_too_long", "name,email"), {}, "the first line is too long"),
    ],
)
def test_wrong_header_is_told(
    header: str | BadLine | None, named: dict[str, str], message: str
) -> None:
    with pytest.raises(SourceError) as caught:
        layout(header, named=named)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_cells_become_a_command() -> None:
    make = command_maker(layout(",".join([*IVAN, "id"])), "import:x:")
    command = make(Record(7, [*map(str, IVAN.values()), "1"]))
    assert attrs.asdict(command) == {**IVAN, "idempotency_key": "import:x:7"}


def test_absent_columns_are_absent_values() -> None:
    command = command_maker(layout("email,name"), "")(Record(2, ["a@b.ru", "Ivan"]))
    assert (command.name, command.email, command.age, command.phone) == (
        "Ivan",
        "a@b.ru",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("cell", "age"),
    [
        ("33", 33),
        (" 33 ", 33),
        ("007", 7),
        ("-1", -1),
        ("", ""),
        (" ", " "),
        ("33.0", "33.0"),
        ("many", "many"),
        ("٣٣", "٣٣"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_age_of_digits_is_a_number_and_the_rest_is_for_the_domain(cell: str, age: object) -> None:
    command = command_maker(layout("name,email,age"), "")(Record(2, ["Ivan", "a@b.ru", cell]))
    assert command.age == age


def test_key_depends_on_the_bytes_and_on_what_they_mean() -> None:
    one, other = source_of(b"1"), attrs.evolve(source_of(b"1"), digest=b"2")
    plain = layout("name,email,tel")
    prefixes = {
        key_prefix(one, plain, Encoding.UTF_8),
        key_prefix(other, plain, Encoding.UTF_8),
        key_prefix(one, plain, Encoding.WINDOWS_1251),
        key_prefix(one, layout("name,email,tel", named={"phone": "tel"}), Encoding.UTF_8),
        key_prefix(one, layout("name;email;tel"), Encoding.UTF_8),
    }
    assert len(prefixes) == 5
    given = layout("name,email,tel", delimiter=Delimiter.COMMA, named={"email": "EMAIL"})
    assert key_prefix(one, given, Encoding.UTF_8) in prefixes
