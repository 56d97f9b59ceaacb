"""Строки, которые читает другой процесс: те же, что прочёл бы этот, и о нём же всё известно."""

import gzip
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from adapters.clock import utc_now
from adapters.csv.file import CsvFile
from adapters.csv.file_options import CsvOptions
from adapters.csv.opening import opened_csv
from adapters.rows_ahead import RowsAhead, rows_ahead
from application.customer_rows import CustomerRow, CustomerRows, SourceError
from application.register_customer import checked
from domain.errors import InvalidCustomerError
from tests.support.messy_file import file_of, messy_rows
from tests.support.workbooks import workbook

# Исполнители тестов держат потоки; потомок здесь только читает и их замков не касается.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def taken(rows: CustomerRows) -> tuple[list[CustomerRow], str | None]:
    """Все строки с применёнными правилами и то, почему они кончились раньше времени."""
    found = []
    try:
        while (row := rows.take()) is not None:
            found.append(obeying(row))
    except SourceError as failure:
        return found, str(failure)
    return found, None


def obeying(row: CustomerRow) -> CustomerRow:
    if row.command is None:
        return row
    try:
        return row._replace(command=None, checked=checked(row.command, utc_now()))
    except InvalidCustomerError as error:
        return row._replace(command=None, broken=error.broken_rules)


def known(file: CsvFile) -> tuple[Any, ...]:
    """Что о прочитанном узнаёт оператор."""
    return file.suspicious, file.mended, file.position, file.encoding_advice


def check_both_ways(path: Path, options: CsvOptions | None = None) -> list[CustomerRow]:
    with opened_csv(str(path), options) as file:
        expected = (*taken(file), known(file))
    with opened_csv(str(path), options) as file, rows_ahead(file, utc_now) as rows:
        assert (*taken(rows), known(file)) == expected
        assert taken(rows) == ([], expected[1])
    return expected[0]


@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    seed=st.integers(0, 1000),
    count=st.integers(0, 700),
    encoding=st.sampled_from(["utf-8", "cp1251", "utf-16"]),
    more=st.lists(st.sampled_from([b'"', b"\n", b"\xff", b"NULL,a@b.ru\n", b"\xd0,1\n"])),
)
def test_any_file_is_the_same_both_ways(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    count: int,
    encoding: str,
    more: list[bytes],
) -> None:
    path = tmp_path_factory.mktemp("rows") / "customers.csv"
    text = file_of(messy_rows(count, seed))
    path.write_bytes(text.encode(encoding, "replace") + b"".join(more))
    check_both_ways(path, CsvOptions(encoding=encoding, accepted=["other_encoding"]))


def test_workbook_is_the_same_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "customers.xlsx"
    rows = [[f"Ivan {n}", f"i{n}@example.ru", 79213451948 + n, n] for n in range(1000)]
    path.write_bytes(workbook({"A": [["name", "email", "phone", "age"], *rows]}))
    found = check_both_ways(path)
    assert [row.checked is None for row in found] == [n > 150 for n in range(1000)]


def test_time_of_registration_is_the_same_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("name,email,came\nA,a@b.ru,2024-05-17T12:00:00+03:00\nB,b@b.ru,2999-01-01Z\n")
    found = check_both_ways(path, CsvOptions(columns={"registered_at": "came"}, zone="UTC"))
    assert found[0].checked is not None
    assert str(found[0].checked.registered_at) == "2024-05-17 09:00:00+00:00"
    assert [rule.code for rule in found[1].broken] == ["not_a_time"]


def test_damage_comes_after_all_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv.gz"
    content = "name,email\n" + "".join(f"Ivan,i{n}@example.ru\n" for n in range(20_000))
    path.write_bytes(gzip.compress(content.encode())[:-1000])
    assert len(check_both_ways(path)) > 1000


def lines(count: int) -> str:
    return "name,email\n" + "".join(f"Ivan,i{n}@example.ru\n" for n in range(count))


@contextmanager
def reading(path: Path, content: str) -> Iterator[RowsAhead]:
    path.write_text(content)
    with opened_csv(str(path)) as file, rows_ahead(file, utc_now) as rows:
        yield rows


def test_killed_reader_is_told_after_its_rows(tmp_path: Path) -> None:
    with reading(tmp_path / "customers.csv", lines(100_000)) as rows:
        os.kill(rows.reader, signal.SIGKILL)
        found, failure = taken(rows)
    assert failure == "the process that reads the file was killed by signal 9"
    assert [row.line for row in found] == list(range(2, 2 + len(found)))


def test_stopped_reader_is_gone_and_gives_no_more(tmp_path: Path) -> None:
    with reading(tmp_path / "customers.csv", lines(100_000)) as rows:
        assert rows.take() is not None
        rows.stop()
        assert rows.take() is None
    with pytest.raises(ProcessLookupError):
        os.kill(rows.reader, 0)
