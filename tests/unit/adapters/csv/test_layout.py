"""Заголовок и команды: какой столбец какое поле, чем разделены ячейки, что из них выходит."""

import attrs
import pytest

from adapters.csv.cells import CommandMaker, key_prefix
from adapters.csv.detection import Told, read_heading
from adapters.csv.dialects import Delimiter
from adapters.csv.layout import Layout
from adapters.csv.lines import Lines
from adapters.csv.records import Record
from application.customer_rows import SourceError
from application.register_customer import RegisterCustomerCommand
from tests.support.csv_source import source_of
from tests.support.customers import IVAN


def layout(header: str | bytes, delimiter: str | None = None, **columns: str) -> Layout:
    content = header if isinstance(header, bytes) else header.encode()
    lines = Lines(source_of(content), "utf-8")
    return read_heading(lines, "utf-8", Told(delimiter, columns=columns))[1]


def command(header: str, *cells: str, prefix: str = "", line: int = 2) -> RegisterCustomerCommand:
    return CommandMaker(layout(header), prefix)(Record(line, list(cells)))


@pytest.mark.parametrize("delimiter", Delimiter)
def test_delimiter_is_found_in_the_header(delimiter: Delimiter) -> None:
    found = layout(delimiter.join(["name", '"email"', "a,b;c" if delimiter == "\t" else "age"]))
    assert (found.delimiter, found.places["email"]) == (delimiter, (1,))


@pytest.mark.parametrize("delimiter", Delimiter)
def test_delimiter_is_found_between_quoted_names(delimiter: Delimiter) -> None:
    found = layout(delimiter.join(['"name"', '"email"', '"last, first; a"']))
    assert (found.delimiter, found.places) == (delimiter, {"name": (0,), "email": (1,)})


def test_delimiter_is_the_one_that_finds_the_columns() -> None:
    assert layout("name;email;a,b,c,d,e").delimiter == ";"


def test_delimiter_may_be_given() -> None:
    assert layout("name;email,name,email", delimiter=",").places == {
        "name": (1,),
        "email": (2,),
    }


def test_columns_are_found_by_name_in_any_case_and_order() -> None:
    found = layout(" EMAIL ,Phone,Имя,id,Name,\n")
    assert found.places == {"name": (4,), "email": (0,), "phone": (1,)}
    assert found.ignored == ["Имя", "id"]


@pytest.mark.parametrize(
    "names",
    [
        "reject_line,reject_fields,reject_codes,reject_text,name,email,note",
        "reject_line,reject_codes,name,email,note,reject_text",
        "already_line,customer_id,already_where,name,email,note",
    ],
)
def test_columns_of_an_earlier_import_are_nothing_to_tell_of(names: str) -> None:
    assert layout(names).ignored == ["note"]


def test_customer_id_of_another_program_is_told() -> None:
    assert layout("customer_id,name,email").ignored == ["customer_id"]


def test_columns_may_be_called_otherwise() -> None:
    found = layout("Имя;E-Mail;name\n", name="имя", email="e-mail")
    assert found.places == {"name": (0,), "email": (1,)}
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
        ("", {}, "there is nothing in the file"),
        ("\n", {}, "there is nothing in the file"),
        ('name,"email\n', {}, "the first line is not a line of CSV"),
        ("name,email\rIvan,a@b.ru\r", {}, "ended by LF or CRLF"),
        ("n\0a\0m\0e\0", {}, "this is not a text file in CSV"),
        (
            "имя,почта".encode("cp1251"),
            {},
            "not in utf-8; try --encoding windows-1251 ('имя,почта')",
        ),
        (b"x" * 100_000, {}, "the first line is too long"),
    ],
)
def test_wrong_header_is_told(header: str | bytes, named: dict[str, str], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        layout(header, **named)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_cells_become_a_command() -> None:
    header = ",".join([*IVAN, "id"])
    made = command(header, *map(str, IVAN.values()), "1", prefix="import:x:", line=7)
    assert attrs.asdict(made) == {**IVAN, "idempotency_key": "import:x:7", "registered_at": None}


def test_absent_columns_are_absent_values() -> None:
    made = command("email,name", "a@b.ru", "Ivan")
    assert (made.name, made.email, made.age, made.phone) == ("Ivan", "a@b.ru", None, None)


@pytest.mark.parametrize(
    ("cell", "age"),
    [
        ("33", 33),
        (" 33 ", 33),
        ("007", 7),
        ("-1", -1),
        ("33.0", 33),
        ("33,0", 33),
        ("33.5", "33.5"),
        ("", ""),
        (" ", " "),
        ("many", "many"),
        ("٣٣", "٣٣"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_age_of_digits_is_a_number_and_the_rest_is_for_the_domain(cell: str, age: object) -> None:
    assert command("name,email,age", "Ivan", "a@b.ru", cell).age == age


def test_key_depends_on_the_bytes_and_on_what_they_mean() -> None:
    meanings = {
        layout("name,email,tel").meaning,
        layout("name,email,tel", phone="tel").meaning,
        layout("name;email;tel").meaning,
        layout("name,email,tel", phone="3").meaning + "x",
    }
    assert len(meanings) == 4
    assert layout("name,email,tel", delimiter=",", email="EMAIL").meaning in meanings
    prefixes = {key_prefix(digest, one) for digest in (b"1", b"2") for one in meanings}
    assert len(prefixes) == 8


def test_heading_that_the_earlier_version_did_not_know_leaves_the_keys_as_they_were() -> None:
    assert layout("name,email,Телефон").places["phone"] == (2,)
    assert layout("name,email,Телефон").meaning == "(',', [('email', 1), ('name', 0)])"


@pytest.mark.parametrize(
    ("header", "places", "source"),
    [
        ("First Name,Last Name,Email", (0, 1), "Google Contacts, Outlook, Shopify"),
        ("Отчество;Фамилия;email;Имя", (1, 3, 0), "Bitrix24, 1C, InSales, Outlook in Russian"),
        ("LAST_NAME;NAME;SECOND_NAME;EMAIL", (1, 2, 0), "Bitrix"),
        ("ФИО,email", (0,), "Tilda, InSales, 1C"),
    ],
)
def test_usual_headings_are_known(header: str, places: tuple[int, ...], source: str) -> None:
    found = layout(header)
    assert (found.places["name"], found.guessed["name"].source) == (places, source)


def test_name_of_the_service_goes_before_a_known_heading() -> None:
    found = layout("First Name,name,E-mail,email,Телефон")
    assert found.places == {"name": (1,), "email": (3,), "phone": (4,)}
    assert list(found.guessed) == ["phone"]


def test_several_columns_make_one_field_and_blanks_are_folded() -> None:
    columns = {"name": "First Name + Last Name", "address": "Street + 5"}
    found = layout("First Name,Last Name,email,Street,City", **columns)
    made = CommandMaker(found, "")(Record(2, [" Anna ", "", "a@b.ru", "Mira 1", "'+Orsk"]))
    assert (made.name, made.address) == ("Anna", "Mira 1, +Orsk")


def test_column_may_be_told_by_its_position() -> None:
    header = "name,email,phone,phone"
    with pytest.raises(SourceError, match="--column FIELD=3 or 4 tells them apart"):
        layout(header)
    assert layout(header, phone="4").places["phone"] == (3,)
    with pytest.raises(SourceError, match="there is no column 5: the first line has 4"):
        layout(header, phone="5")


@pytest.mark.parametrize("heading", ['"na\nme",email', "\ufeffname,\xa0email\xa0"])
def test_blanks_and_breaks_in_a_heading_do_not_matter(heading: str) -> None:
    told = {"name": "na me"} if "na\nme" in heading else {}
    assert layout(heading, **told).places["name"] == (0,)


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [("\n\n;;\nname;email", ";"), ("sep=;\r\nname;email", ";"), ('"sep=|"\nname|email', "|")],
)
def test_first_lines_without_names_are_passed_over(content: str, delimiter: str) -> None:
    assert layout(content).delimiter == delimiter


@pytest.mark.parametrize(
    ("header", "is_first"),
    [
        ("name,Фамилия,email", True),
        ("name,last_name,email", True),
        ("Name,Given Name,Family Name,email", False),
        ("name,email", False),
    ],
)
def test_name_beside_a_surname_is_seen(header: str, *, is_first: bool) -> None:
    assert layout(header).is_first_name_only == is_first
