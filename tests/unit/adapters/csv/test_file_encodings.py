"""Кодировка файла: узнаётся сама, называется оператором, а неверная не портит ничего молча."""

from contextlib import suppress
from encodings.aliases import aliases

import pytest

from application.customer_rows import SourceError
from tests.support.csv_reading import Read, cells

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
