"""Файл целиком: кодировки, строение строк, начало, просмотренное до записи."""

import csv
import io
import tempfile
from collections.abc import Callable
from contextlib import suppress
from encodings.aliases import aliases
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.csv.dialects import Escape, hidden, shown
from adapters.csv.file import SAMPLE, CsvFile
from adapters.csv.file_options import CsvOptions
from adapters.csv.opening import opened_csv
from application.customer_rows import CustomerRow, SourceError

type Read = Callable[..., tuple[CsvFile, list[CustomerRow]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Читает файл с таким содержанием до конца."""

    def read_content(content: bytes | str, **options: object) -> tuple[CsvFile, list[CustomerRow]]:
        path = tmp_path / "customers.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with opened_csv(str(path), CsvOptions(**options)) as file:  # type: ignore[arg-type]
            return file, list(iter(file.take, None))

    return read_content


def cells(rows: list[CustomerRow]) -> list[list[str]]:
    return [list(row.cells) for row in rows]


TEXT = "name,email\nПётр,petr@example.ru\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r").encode("utf-16"),
    ],
)
def test_unicode_in_every_form_and_cr_alone_are_read_without_an_option(
    read: Read, content: bytes
) -> None:
    _, rows = read(content)
    assert [(row.line, row.cells) for row in rows] == [(2, ["Пётр", "petr@example.ru"])]


@pytest.mark.parametrize(
    "encoding", ["cp866", "koi8-r", "mac-cyrillic", "utf-16", "utf-7", "cp855"]
)
def test_any_encoding_that_python_knows_is_read(read: Read, encoding: str) -> None:
    file, rows = read(TEXT.encode(encoding), encoding=encoding, accepted=["other_encoding"])
    assert cells(rows) == [["Пётр", "petr@example.ru"]]
    assert file.encoding == encoding


@pytest.mark.parametrize("encoding", ["utf-99", "rot13", "base64", "idna", "punycode", "undefined"])
def test_what_is_no_encoding_of_text_is_told(read: Read, encoding: str) -> None:
    with pytest.raises(SourceError, match="is not an encoding that Python knows"):
        read(TEXT, encoding=encoding)


@pytest.mark.parametrize(("mark", "named"), [("utf-16", "utf-32"), ("utf-32", "utf-16")])
def test_mark_of_another_encoding_than_the_named_is_told(read: Read, mark: str, named: str) -> None:
    with pytest.raises(SourceError, match=f"mark of {mark}: leave --encoding out"):
        read(TEXT.encode(mark), encoding=named)


@pytest.mark.parametrize("encoding", sorted(set(aliases.values())))
@pytest.mark.parametrize("content", [TEXT.encode(), b"\xff\xfe\0", b"\xff\xd8\r\x1b$B~{"])
def test_no_encoding_that_python_knows_breaks_the_reader(
    read: Read, encoding: str, content: bytes
) -> None:
    with suppress(SourceError):
        read(content, encoding=encoding, accepted=["other_encoding"])


def test_bad_sequence_in_utf_16_costs_its_line_alone(read: Read) -> None:
    content = "\ufeffname,email\nA,a@b.ru\n".encode("utf-16-le") + b"\x00\xd8" * 3
    content += "\nB,b@b.ru\n".encode("utf-16-le")
    _, rows = read(content)
    assert [row.line for row in rows] == [2, 3, 4]
    assert [rule.code for rule in rows[1].broken] == ["wrong_encoding"]


def test_other_encoding_is_advised_with_what_it_reads(read: Read) -> None:
    with pytest.raises(SourceError) as caught:
        read("name,email\nАнна Шапошникова,anna@example.ru\n".encode("koi8-r"))
    assert str(caught.value).endswith(
        "is not in UTF-8; try --encoding koi8-r ('Анна Шапошникова,anna@example.ru')"
    )


def test_told_encoding_that_reads_nothing_right_is_refused_unless_accepted(read: Read) -> None:
    content = "name,email\nАнна Шапошникова,anna@example.ru\n".encode("koi8-r")
    with pytest.raises(SourceError, match="does not read right in cp1251: try --encoding koi8-r"):
        read(content, encoding="windows-1251")
    assert len(read(content, encoding="windows-1251", accepted=["other_encoding"])[1]) == 1


def test_utf_8_with_a_few_broken_bytes_is_utf_8_and_those_lines_are_refused(read: Read) -> None:
    good = "".join(f"Анна Шапошникова,anna{number}@example.ru\n" for number in range(100))
    file, rows = read(b"name,email\n" + good.encode() + b"\xd0,broken@example.ru\n")
    assert [rule.code for row in rows for rule in row.broken] == ["wrong_encoding"]
    assert file.encoding == "utf-8"


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


def test_guards_of_spreadsheets_are_taken_off_and_told(read: Read) -> None:
    rows = '\'+79213451948,\'=Cmd\n"=""007""",\'s-Hertogenbosch\n\'8 (921) 3,\'-\n'
    content = "email,name,phone,address\n" + "".join(
        f"a{number}@b.ru,A,{row}\n" for number, row in enumerate(rows.splitlines())
    )
    file, taken = read(content)
    assert [(row.command.phone, row.command.address) for row in taken if row.command] == [
        ("+79213451948", "=Cmd"),
        ("007", "'s-Hertogenbosch"),
        ("8 (921) 3", "-"),
    ]
    assert [(one.field, one.rows) for one in file.mended] == [("phone", 3), ("address", 2)]


def test_wrapping_of_an_address_is_taken_off_before_it_is_judged(read: Read) -> None:
    wrapped = [
        "Anna <a.smith@example.com>",
        "<p@example.ru>",
        "mailto:ivan@example.ru?subject=a%20b",
        "Smith &amp; Sons <s@example.com>",
    ]
    file, rows = read("name,email\n" + "".join(f"Ivan,{one}\n" for one in wrapped))
    assert [row.command.email for row in rows if row.command] == [
        "a.smith@example.com",
        "p@example.ru",
        "ivan@example.ru",
        "s@example.com",
    ]
    assert not file.damage


def test_word_told_to_be_nothing_is_an_empty_cell(read: Read) -> None:
    file, [row] = read("name,email,phone\nNULL,a@b.ru,\\N\n", null_words=["\\N"])
    assert row.command is not None
    assert (row.command.name, row.command.phone) == ("NULL", "")
    assert [(one.field, one.kind) for one in file.damage] == [("name", "null_word")]
    assert read("name,email\nNULL,a@b.ru\n", accepted=["null_word"])[0].damage == []


def test_beginning_is_looked_at_and_the_rest_is_counted_later(tmp_path: Path) -> None:
    rows = [f"A,a{number}@b.ru,\n" for number in range(SAMPLE)]
    path = tmp_path / "customers.csv"
    path.write_text("name,email,phone\n" + "".join(rows) + "A,b@b.ru,7.92E+10\n")
    with opened_csv(str(path)) as file:
        assert (len(file.sample), file.damage) == (SAMPLE, [])
        while file.take():
            pass
        assert [(one.kind, one.lines) for one in file.damage] == [
            ("number_in_phone", (SAMPLE + 2,))
        ]


def test_unknown_kind_is_told(read: Read) -> None:
    with pytest.raises(SourceError, match=r"--accept takes null_word, .* not 'nulls'"):
        read(TEXT, accepted=["nulls"])


def test_mended_rejects_are_read_without_the_escapes_of_the_file(read: Read) -> None:
    written = io.StringIO(newline="")
    header = [
        "reject_line",
        "reject_fields",
        "reject_codes",
        "reject_text",
        "name",
        "email",
        "phone",
    ]
    csv.writer(written).writerows(
        [
            header,
            ["4", "", "", "", "C:\\new", "a@b.ru", "'+7"],
            ["5", "", "", "", "B", "b@b.ru", "79213451948"],
        ]
    )
    file, rows = read(written.getvalue(), escape="backslash")
    assert [(row.command.name, row.command.phone) for row in rows if row.command] == [
        ("C:\\new", "+7"),
        ("B", "79213451948"),
    ]
    assert [(one.kind, one.lines) for one in file.damage] == [("number_in_phone", (3,))]


MARKS = st.sampled_from(
    [
        *(
            b"name,email\n",
            b"a@b.ru,",
            b"sep=",
            b";",
            b"\t",
            b"|",
            b'"',
            b" ",
            b"'+7",
            b"reject_line",
        ),
        *(b"\\", b"\\N", b"\r", b"\n", b"\0", b"{", b"<", b"\xff", b"\xff\xfe", b"\xfe\xff\0\0"),
        *(b"reject_line", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"),
        *("Анна".encode(), "Анна".encode("cp1251")),
    ]
)


@given(
    content=st.lists(MARKS | st.binary(max_size=3), max_size=12).map(b"".join),
    escape=st.sampled_from(["none", "backslash", "php"]),
    encoding=st.sampled_from([None, "utf-8", "cp1251", "utf-16", "utf-7", "shift_jis"]),
    columns=st.sampled_from([{}, {"name": "1", "email": "2"}, {"name": "1", "email": "1"}]),
)
def test_any_bytes_are_rows_or_one_line_of_why_not(
    content: bytes, escape: str, encoding: str | None, columns: dict[str, str]
) -> None:
    options = CsvOptions(
        escape=escape, encoding=encoding, columns=columns, accepted=["other_encoding"]
    )
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            with opened_csv(file.name, options) as opened:
                lines = [row.line for row in iter(opened.take, None)]
        except SourceError as error:
            assert "\n" not in str(error)  # noqa: PT017 — важна сама строка
        else:
            assert lines == sorted(set(lines))


KEYS_OF_0_1_0: list[tuple[bytes, dict[str, object], list[str]]] = [
    (
        "name;email;phone\nИван;ivan@example.ru;+7\nPyotr;p@example.ru;\n".encode("cp1251"),
        {"encoding": "windows-1251"},
        [f"import:07e01ca083be7647d1bed5e9bd02af96:{line}" for line in (2, 3)],
    ),
    (
        b"E-Mail,name,tel\ni@example.ru,Ivan,+7\n",
        {"columns": {"email": "E-Mail", "phone": "tel"}},
        ["import:b1f34a4aa67ce0531c8410b2d45ca232:2"],
    ),
]


@pytest.mark.parametrize(("content", "options", "keys"), KEYS_OF_0_1_0)
def test_import_begun_by_the_first_version_knows_its_rows(
    read: Read, content: bytes, options: dict[str, object], keys: list[str]
) -> None:
    _, rows = read(content, **options)
    assert [row.command.idempotency_key for row in rows if row.command] == keys
