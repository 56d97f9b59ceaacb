"""Чтение CSV: записи доходят целыми, а негодная строка не губит соседних и не пропадает."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.csv.dialects import Dialect
from adapters.csv.lines import MAX_LINE, Lines
from adapters.csv.records import BadRecord, Record, records
from adapters.csv.source import opened_source
from application.customer_rows import SourceError
from tests.support.csv_source import source_of

DELIMITERS = st.sampled_from([",", ";", "\t"])
# Отметку порядка байтов снимают с начала каждой строки файла: её оставляют склеенные файлы.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=20)
ROWS = st.lists(CELLS, min_size=2, max_size=5).filter(lambda row: any(map(str.strip, row)))
MARKS = [b'"', b"\n", b"\r\n", b",", b"a", b" ", b"\xd0\xb9", b"\xff", b"\0", b"\r"]
type Read = list[Record | BadRecord]


def read(content: bytes, delimiter: str = ",", encoding: str = "utf-8") -> Read:
    return list(records(Lines(source_of(content), encoding), Dialect(delimiter)))


@given(
    rows=st.lists(ROWS),
    delimiter=DELIMITERS,
    quotes_all=st.booleans(),
)
def test_what_csv_wrote_is_read_back(
    *, rows: list[list[str]], delimiter: str, quotes_all: bool
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(
        written,
        delimiter=delimiter,
        lineterminator="\n" if quotes_all else "\r\n",  # с "\n" сам csv в кавычки "\r" не берёт
        quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL,
    )
    header = ["name", "email"]  # с первой ячейки файла снимается отметка порядка байтов
    writer.writerows([header, *rows])
    found = read(written.getvalue().encode(), delimiter)
    assert [record.cells for record in found if isinstance(record, Record)] == [header, *rows]
    assert len(found) == len(rows) + 1


@given(
    content=st.lists(
        st.sampled_from(
            [b'"', b"\n", b"\r\n", b",", b"a", b" ", b"\xd0\xb9", b"\xff", b"\0", b"\r"]
        )
        | st.binary(max_size=3)
    ).map(b"".join)
)
def test_any_bytes_are_read_and_no_line_is_lost(content: bytes) -> None:
    found = read(content)
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    covered: set[int] = set()
    for record in found:
        breaks = sum(cell.count("\n") for cell in record.cells) if isinstance(record, Record) else 0
        own = set(range(record.line, record.line + breaks + 1))
        assert not covered & own
        covered |= own
    assert sorted(covered) == sorted(covered & set(range(1, len(lines) + 1)))
    for number in set(range(1, len(lines) + 1)) - covered:
        assert not lines[number - 1].decode().replace('"', "").replace(",", "").strip()


def test_record_knows_its_first_line() -> None:
    content = b'a,b\n\n"1\n2",c\n , \nd,e\n'
    assert read(content) == [(1, ["a", "b"]), (3, ["1\n2", "c"]), (6, ["d", "e"])]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            b'a,"b\nc,d\n', [(1, "wrong_quoting", 'a,"b'), (2, ["c", "d"])], id="unclosed"
        ),
        pytest.param(
            b'a,"b"c\nd,e', [(1, "wrong_quoting", 'a,"b"c'), (2, ["d", "e"])], id="after the quote"
        ),
        pytest.param(
            b'a,"b\nc,"d"\ne,f\n',
            [(1, "wrong_quoting", 'a,"b'), (2, ["c", "d"]), (3, ["e", "f"])],
            id="closed by another",
        ),
        pytest.param(
            b"a,\xff\nc,d\n", [(1, "wrong_encoding", "a,\\xff"), (2, ["c", "d"])], id="encoding"
        ),
        pytest.param(
            b'"a\nb,\xff\nc,d\n',
            [
                (1, "wrong_quoting", '"a'),
                (2, "wrong_encoding", "b,\\xff"),
                (3, ["c", "d"]),
            ],
            id="encoding inside of quotes",
        ),
        pytest.param(b"a,b\rc\nd,e\n", [(1, "wrong_quoting", "a,b\rc"), (2, ["d", "e"])], id="cr"),
        pytest.param(b'a,5" pipe\n', [(1, ["a", '5" pipe'])], id="an inch is no quotation mark"),
        pytest.param(b"a,\0b\n", [(1, ["a", "\0b"])], id="NUL is for the domain to judge"),
    ],
)
def test_bad_line_spoils_no_other(content: bytes, expected: Read) -> None:
    assert read(content) == expected


def test_stray_quote_does_not_swallow_the_file() -> None:
    good = b"".join(b"name %d,mail\n" % number for number in range(5000))
    found = read(b'stray,"mail\n' + good)
    assert found[0] == (1, "wrong_quoting", 'stray,"mail')
    assert [record.line for record in found[1:]] == list(range(2, 5002))


@pytest.mark.parametrize(("line", "most"), [(b"a,b\n", 1000), (b"x" * 60_000 + b"\n", 130_000)])
def test_unclosed_quote_reads_a_little_ahead_and_no_more(line: bytes, most: int) -> None:
    source = source_of(b'"unclosed\n' + line * (20_000_000 // len(line)))
    assert next(records(Lines(source, "utf-8"), Dialect(","))) == (1, "wrong_quoting", '"unclosed')
    assert source.position < most


@pytest.mark.parametrize("length", [MAX_LINE + 1, MAX_LINE * 3, 10_000_000])
@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_endless_line_is_skipped_to_its_end(length: int, end: bytes, mark: bytes) -> None:
    found = read(b"a,b\n" + mark + b"x" * length + end + (b"c,d\n" if end else b""))
    assert found[:2] == [(1, ["a", "b"]), (2, "line_too_long", "x" * 200)]
    assert found[2:] == ([(3, ["c", "d"])] if end else [])


def test_longest_line_is_read() -> None:
    line = b"a," + b"x" * (MAX_LINE - 3) + b"\n"
    assert len(line) == MAX_LINE
    assert [record.line for record in read(line) if isinstance(record, Record)] == [1]


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    lines = Lines(source_of(b"\xef\xbb\xbfname\n\xef\xbb\xbfname\n"), "utf-8")
    assert (lines.take(), lines.has_bom) == ("name\n", True)
    assert (lines.take(), lines.has_bom) == ("name\n", True)  # файлы склеили


def test_windows_1251_is_read() -> None:
    assert read("Пётр,й\n".encode("cp1251"), encoding="windows-1251") == [(1, ["Пётр", "й"])]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    def write(content: bytes) -> str:
        path = tmp_path / "customers.csv"
        path.write_bytes(content)
        return str(path)

    return write


def test_compressed_file_is_read(file: Callable[[bytes], str]) -> None:
    content = b"name,email\n" * 10_000
    compressed = gzip.compress(content)
    with opened_source(file(compressed)) as source:
        lines = Lines(source, "utf-8")
        while lines.take() is not None:
            pass
        assert (lines.number, source.position, source.size) == (10_000, *[len(compressed)] * 2)


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:20] + b"\0" * 90])
def test_damaged_compressed_file_is_told(
    file: Callable[[bytes], str], damage: Callable[[bytes], bytes]
) -> None:
    content = gzip.compress(b"".join(b"%d,a@b\n" % number for number in range(10_000)))
    with (
        opened_source(file(damage(content))) as source,
        pytest.raises(SourceError, match=r"customers\.csv is damaged or cut short"),
    ):
        list(records(Lines(source, "utf-8"), Dialect(",")))


def test_digest_tells_files_apart(file: Callable[[bytes], str]) -> None:
    digests = []
    for content in (b"a\n", b"b\n", b"a\n"):
        with opened_source(file(content)) as source:
            digests.append(source.digest)
    assert digests[0] == digests[2] != digests[1]
