"""Записи CSV: обычно одна строка, а в кавычках — несколько; негодная строка не портит соседних."""

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.csv.dialects import Dialect, Escape, hidden, is_continued, shown
from adapters.csv.lines import MAX_LINE, BadLine, Lines
from domain.errors import BrokenRule

_MAX_LINES = 100  # строк в одной записи
_NOT_CSV = "wrong_quoting"


class Record(NamedTuple):
    """Запись: номер её первой строки и ячейки."""

    line: int
    cells: list[str]


class RefusedRecord(NamedTuple):
    """Запись, в которой негодны сами значения ячеек, каков бы ни был их текст.

    Attributes:
        line: её номер.
        cells: ячейки.
        broken: чем она негодна.
    """

    line: int
    cells: list[str]
    broken: Sequence[BrokenRule]


class BadRecord(NamedTuple):
    """Строка, которая записью не стала.

    Attributes:
        line: её номер.
        code: что с ней не так.
        start: она сама или её начало.
    """

    line: int
    code: str
    start: str


class _UnreadableError(Exception):
    """Запись прервалась: в ней негодная строка, или она не кончается слишком долго."""


class _Record:
    """Строки записи, которую сейчас разбирает ``csv``."""

    def __init__(self, lines: Lines, escape: Escape) -> None:
        self._lines = lines
        self._escape = escape
        self.taken: list[str | BadLine] = []
        self._length = 0

    def begin(self) -> None:
        """Забывает строки прошлой записи."""
        self.taken = []
        self._length = 0

    def __iter__(self) -> "_Record":
        return self

    def __next__(self) -> str:
        line = self._take()
        if line is None:
            raise StopIteration
        if self._escape is Escape.NONE:
            return line
        while is_continued(line, self._escape) and (more := self._take()) is not None:
            line += more
        return hidden(line, self._escape)

    def _take(self) -> str | None:
        taken = self.taken
        if taken and (len(taken) == _MAX_LINES or self._length > MAX_LINE):
            raise _UnreadableError
        line = self._lines.take()
        if line is None:
            return None
        taken.append(line)
        if isinstance(line, BadLine):
            raise _UnreadableError
        self._length += len(line)
        return line


def records(lines: Lines, dialect: Dialect) -> Iterator[Record | BadRecord]:
    """Читает записи; пустые строки пропускает.

    Если кавычки не закрыты до конца файла или слишком долго, негодна одна первая строка, а со
    следующей чтение начинается заново: одна лишняя кавычка не съест остаток файла.

    Raises:
        application.customer_rows.SourceError: файл испорчен.
    """
    escape = dialect.escape
    current = _Record(lines, escape)
    reader = csv.reader(
        current, delimiter=dialect.delimiter, skipinitialspace=dialect.skips_blanks, strict=True
    )
    while True:
        current.begin()
        first = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _UnreadableError):
            bad, *rest = current.taken
            lines.give_back(rest)
            if isinstance(bad, BadLine):
                yield BadRecord(first, bad.code, bad.start)
            else:
                yield BadRecord(first, _NOT_CSV, bad.rstrip("\r\n"))
        else:
            if any(map(str.strip, cells)):
                yield Record(
                    first,
                    cells if escape is Escape.NONE else [shown(cell, escape) for cell in cells],
                )
