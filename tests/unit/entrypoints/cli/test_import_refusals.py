"""Файлы и настройки, с которыми ``crm-api import`` отказывает: одна ясная строка и код выхода."""

import gzip
import json
import os
from pathlib import Path

import pytest

from tests.support.customers_csv import HEADER, MIXED, refused, run

pytestmark = pytest.mark.usefixtures("folder")


_NOBODY = 65534


def test_lines_in_another_encoding_are_told_with_the_option_that_reads_them(folder: Path) -> None:
    rows = HEADER + "Иван,ivan@example.ru,33\n"
    (folder / "customers.csv").write_text(rows, encoding="windows-1251")
    told = run(None)
    assert (told.exit_code, told.stderr) == (
        2,
        (
            "Error: customers.csv is not in UTF-8;"
            " try --encoding windows-1251 ('Иван,ivan@example.ru,33')\n"
        ),
    )
    done = run(None, "--encoding", "windows-1251")
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("张伟", "gb18030"),
        ("王小明", "big5"),
        ("山田太郎", "cp932"),
        ("김철수", "cp949"),
        ("สมชาย", "cp874"),
    ],
)
def test_asian_encoding_is_named_by_its_language_and_not_guessed(
    folder: Path, name: str, encoding: str
) -> None:
    rows = HEADER + f"{name},name@example.com,33\n"
    (folder / "customers.csv").write_text(rows, encoding=encoding)
    told = run(None)
    assert told.exit_code == 2
    assert "they read right in no encoding that is known here" in told.stderr
    assert encoding in told.stderr
    assert run(None, "--encoding", encoding).exit_code == 0
    done = run(None, "--encoding", encoding, "--dry-run", "--json")
    assert json.loads(done.stdout)["preview"][0]["stored"]["name"] == name


def test_lines_in_another_encoding_further_on_are_refused_and_told(folder: Path) -> None:
    ascii_rows = "".join(f"Ivan,ivan{number}@example.ru,33\n" for number in range(50_000))
    (folder / "customers.csv").write_bytes(
        (HEADER + ascii_rows + "Иван,ivan@example.ru,33\n").encode("cp1251")
    )
    told = run(None, "--json")
    assert (told.exit_code, told.stderr) == (
        3,
        "1 lines are not in utf-8; try --encoding windows-1251 ('Иван,ivan@example.ru,33')\n",
    )
    assert json.loads(told.stdout)["registered"] == 50_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "customers.csv is empty"),
        (b"name,phone\nIvan,1\n", "no column 'email' in the first line"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff", "customers.csv is a ZIP archive"),
        (b"x" * 10_000_000, "the first line is too long"),
        (b"\x1f\x8bnothing", "customers.csv is damaged or cut short"),
        (gzip.compress(b"\n" * 5_000_000), "customers.csv unpacks to more than 100 times its size"),
        # Второй член (RFC 1952, 2.2) и ложная длина в конце первого ничего не скрывают.
        (
            gzip.compress(b"name,email\n") + gzip.compress(b"\n" * 5_000_000)[:-4] + bytes(4),
            "customers.csv unpacks to more than 100 times its size",
        ),
    ],
)
def test_wrong_file_is_one_line_and_exit_2(content: bytes, message: str) -> None:
    refused(run(content), message)


def test_absent_file_and_folder_are_told(folder: Path) -> None:
    refused(run(None), "cannot read customers.csv: No such file or directory")
    (folder / "customers.csv").mkdir()
    refused(run(None), "cannot read customers.csv: Is a directory")


def test_file_without_permission_is_told(folder: Path) -> None:
    run(MIXED)  # всё, что команде нужно, уже загружено
    folder.chmod(0o755)
    (folder / "customers.csv").chmod(0)
    account = os.geteuid()
    try:
        if account == 0:
            os.seteuid(_NOBODY)  # root прочёл бы и это
        denied = run(None)
    finally:
        os.seteuid(account)
    refused(denied, "cannot read customers.csv: Permission denied")


def test_damage_further_on_is_told_with_what_is_stored() -> None:
    content = HEADER + "".join(f"Ivan,u{number}@example.ru,1\n" for number in range(20_000))
    done = run(gzip.compress(content.encode())[:-5000], "--json")
    assert done.exit_code == 2
    stored = json.loads(done.stdout)["registered"]
    assert 0 < stored < 20_000
    assert done.stderr.startswith("Error: customers.csv is damaged or cut short")
    assert done.stderr.endswith(
        f"; {stored} customers of the file are stored; the rest is lost or cannot be read\n"
    )


@pytest.mark.parametrize("column", ["mail=E-Mail", "email", "email="])
def test_wrong_mapping_is_exit_2(column: str) -> None:
    done = run(MIXED, "--column", column)
    assert done.exit_code == 2
    assert "is not FIELD=NAME; fields are name, email, age" in done.stderr


def test_field_told_twice_is_exit_2() -> None:
    done = run(MIXED, "--column", "email=email", "--column", "email=E-Mail")
    assert done.exit_code == 2
    assert "email is given twice: 'email' and 'E-Mail'" in done.stderr
