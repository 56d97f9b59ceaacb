"""Файл целиком: исправленное и подозрительное, начало, просмотренное до записи, прежние ключи."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.csv.file import SAMPLE
from adapters.csv.file_options import CsvOptions
from adapters.csv.opening import opened_csv
from application.customer_rows import SourceError
from tests.support.csv_reading import Read


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
        read("name,email\n", accepted=["nulls"])


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
