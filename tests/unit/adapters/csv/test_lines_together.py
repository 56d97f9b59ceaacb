"""Строки, которые читаются помногу, дают то же, что прочтённые по одной."""

import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.csv.dialects import Dialect
from adapters.csv.lines import BadLine, Lines
from adapters.csv.records import BadRecord, Record, records
from adapters.csv.source import Source, opened_source
from application.customer_rows import SourceError

ENCODINGS = st.sampled_from(["utf-8", "cp1251", "gbk", "shift_jis"])
PIECES = st.sampled_from(
    [
        *(b'"', b'""', b"\n", b"\n\n", b"\r\n", b"\r", b",", b'","', b" ", b"\t", b"a", b"\0"),
        *(
            b"\xd0\xb9",
            b"\xd0",
            b"\x81",
            b"\xff",
            b"\xef\xbb\xbf",
            b"\x0b",
            b"\x1c",
            b"\xe2\x80\xa8",
        ),
        *(b"a,b\n", b'"a,\n1",b\n', b'x"y,"z"\n', b'"a"b,c\n'),
    ]
)


class OneByOne(Lines):
    """Строки, которые помногу не читаются."""

    def block(self) -> list[str]:
        return []


def source_of(content: bytes, buffer: int) -> Source:
    """Источник, у которого в памяти не больше ``buffer`` байтов."""
    file: io.BufferedReader[Any] = io.BufferedReader(io.BytesIO(content), buffer)
    return Source("test", b"", len(content), file, 0, file)


@given(
    content=st.lists(PIECES, max_size=60).map(b"".join),
    encoding=ENCODINGS,
    buffer=st.integers(1, 200),
    dialect=st.builds(Dialect, st.sampled_from(",;\t"), st.booleans()),
)
@example(content=b'a,"\n' + b"b\n" * 300, encoding="utf-8", buffer=200, dialect=Dialect(","))
@example(content=b'"' + b"\n" * 99 + b'",c\n', encoding="utf-8", buffer=200, dialect=Dialect(","))
@example(content=b'"' + b"\n" * 100 + b'",c\n', encoding="utf-8", buffer=200, dialect=Dialect(","))
@example(content=b"a\n" * 70_000, encoding="utf-8", buffer=1 << 16, dialect=Dialect(","))
def test_records_are_the_same(content: bytes, encoding: str, buffer: int, dialect: Dialect) -> None:
    together = Lines(source_of(content, buffer), encoding)
    one_by_one = OneByOne(source_of(content, buffer), encoding)
    assert list(records(together, dialect)) == list(records(one_by_one, dialect))
    assert together.number == one_by_one.number
    assert together.undecoded == one_by_one.undecoded
    assert together.has_bom == one_by_one.has_bom


def test_records_before_the_damage_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    rows = b"".join(b"Ivan,ivan%d@example.ru\n" % number for number in range(20_000))
    path.write_bytes(gzip.compress(rows)[:-1000])
    together: list[Record | BadRecord] = []
    one_by_one: list[Record | BadRecord] = []
    for kind, read in ((Lines, together), (OneByOne, one_by_one)):
        with opened_source(str(path)) as source, pytest.raises(SourceError):
            read.extend(records(kind(source, "utf-8"), Dialect(",")))
    assert together == one_by_one != []


def test_bad_lines_cost_no_more_than_their_share() -> None:
    class Counted(Lines):
        given_back = 0

        def give_back(self, lines: Sequence[str | BadLine]) -> None:
            Counted.given_back += len(lines)
            super().give_back(lines)

    lines = Counted(source_of(b'"a"b\n' * 20_000, 1 << 16), "utf-8")
    assert sum(isinstance(one, BadRecord) for one in records(lines, Dialect(","))) == 20_000
    assert Counted.given_back <= 20_000 * 130
