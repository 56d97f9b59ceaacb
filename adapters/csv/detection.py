"""Заголовок и строение файла: по первым строкам и по тому, что сказал оператор."""

import csv
import re
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from adapters.csv.decoding import advice
from adapters.csv.dialects import Delimiter, Dialect, Escape, hidden
from adapters.csv.layout import Layout, check_layout, read_layout
from adapters.csv.lines import BadLine, Lines
from application.customer_rows import SourceError

if TYPE_CHECKING:
    import _csv

_SAMPLE = 200  # строк, по которым судят о строении
_MAX_HEADING = 20  # строк в заголовке с переносами
# Первая строка, которую пишут для Excel: чем разделены ячейки.
_SEP = re.compile(r'"?sep=([^\s\w"]|\t)"?\s*', re.IGNORECASE)
# Её пишет Export-Csv в Windows PowerShell.
_TYPE = re.compile(r'"?#TYPE \S')
_BLANK = ' \t\r\n,;|"\xa0'


@frozen
class Told:
    """Что о строении файла сказал оператор.

    Attributes:
        delimiter: чем разделены ячейки; ``None`` — узнать.
        escape: что значит обратная косая черта.
        columns: столбцы полей: название, несколько через ``+`` или место, с единицы.
    """

    delimiter: str | None = None
    escape: Escape = Escape.NONE
    columns: Mapping[str, str] = field(factory=dict)


def read_heading(lines: Lines, encoding: str, told: Told) -> tuple[Dialect, Layout]:
    """Читает всё до первой записи: пустые строки, ``sep=``, заголовок.

    Raises:
        SourceError: это не заголовок, или в нём нет нужного столбца.
    """
    delimiter = told.delimiter
    while True:
        line = _checked(lines.take(), lines, encoding)
        if sep := _SEP.fullmatch(line):
            delimiter = delimiter or sep[1]
        elif line.strip(_BLANK) and not _TYPE.match(line):
            break
    lines.give_back([line])
    sample = _sample(lines)
    candidates = [delimiter] if delimiter else list(map(str, Delimiter))
    dialects = [Dialect(one, escape=told.escape) for one in candidates]
    found = [one for each in dialects for one in _headings(sample, each, told.columns)]
    # Верен тот, с которым нашлось больше столбцов, а если не нашлись — с которым их больше.
    best = max(found, key=attrgetter("fields", "columns"), default=None)
    if best is None or (not best.fields and len(found) < len(candidates)):
        raise SourceError(
            "the first line is not a line of CSV with names of columns, ended by LF or CRLF"
        )
    if isinstance(best.layout, SourceError):
        raise best.layout
    check_layout(best.layout, told.columns)
    for _ in range(best.lines):
        lines.take()
    return _with_blanks(best.dialect, best.layout, sample), best.layout


def _sample(lines: Lines) -> list[str]:
    """Первые строки, которые прочлись; читать их будут ещё раз."""
    taken: list[str | BadLine] = []
    try:
        while len(taken) < _SAMPLE and (line := lines.take()) is not None:
            taken.append(line)
    except SourceError as damage:
        lines.fail(damage)
    lines.give_back(taken)
    return [line for line in taken if isinstance(line, str)]


def _checked(line: str | BadLine | None, lines: Lines, encoding: str) -> str:
    if line is None:
        raise SourceError("there is nothing in the file")
    text = line.start if isinstance(line, BadLine) else line
    if "\0" in text:
        raise SourceError("this is not a text file in CSV; save it as CSV in UTF-8")
    if not isinstance(line, BadLine):
        return text
    if line.code == "wrong_encoding":
        raise SourceError(f"the first line is not in {encoding}; {advice(lines.undecoded)}")
    raise SourceError("the first line is too long for a line with names of columns")


@frozen
class _Heading:
    """Заголовок, каким он вышел с одним из разделителей: строение или почему его нет."""

    dialect: Dialect
    layout: Layout | SourceError
    columns: int
    lines: int

    @property
    def fields(self) -> int:
        """Сколько полей покупателя нашлось в заголовке; непонятый стоит одного."""
        return 1 if isinstance(self.layout, SourceError) else len(self.layout.places)


def _headings(
    sample: Sequence[str], dialect: Dialect, columns: Mapping[str, str]
) -> list[_Heading]:
    """Делит заголовок; пусто — с таким разделителем он не CSV."""
    reader = _reader(sample[:_MAX_HEADING], dialect)
    try:
        names = next(reader)
    except (csv.Error, StopIteration):
        return []
    try:
        layout: Layout | SourceError = read_layout(names, dialect.delimiter, columns)
    except SourceError as error:
        layout = error
    return [_Heading(dialect, layout, len(names), reader.line_num)]


def _with_blanks(dialect: Dialect, layout: Layout, sample: Sequence[str]) -> Dialect:
    """Узнаёт, открывает ли ячейку кавычка после пробелов: только если иначе строки не читаются."""
    opening = re.compile(rf'{re.escape(dialect.delimiter)} +"')
    if not any(opening.search(line) for line in sample):
        return dialect
    skipping = evolve(dialect, skips_blanks=True)
    if _misread(sample, dialect, layout) and not _misread(sample, skipping, layout):
        return skipping
    return dialect


def _misread(sample: Sequence[str], dialect: Dialect, layout: Layout) -> bool:
    try:
        cells = [row for row in _reader(sample, dialect) if row]
    except csv.Error:
        return True
    return any(len(row) != len(layout.names) for row in cells)


def _reader(sample: Sequence[str], dialect: Dialect) -> "_csv.Reader":
    texts = [hidden(line, dialect.escape) for line in sample]
    return csv.reader(
        texts, delimiter=dialect.delimiter, skipinitialspace=dialect.skips_blanks, strict=True
    )
