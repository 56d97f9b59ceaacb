"""Площадь листов книги .xlsx и .ods: calamine держит в памяти прямоугольник до дальней ячейки.

Одна забытая ячейка XFD1048576 — это семнадцать миллиардов ячеек, и процесс обрывается посреди
библиотеки, не сказав ни слова. А в .ods одна строка, повторённая миллион раз, — миллион строк.
"""

import re
import zipfile
from collections.abc import Iterator

_PIECE = 1 << 20
_OVERLAP = 64  # байт: ссылка на ячейку, разрезанная границей куска, короче
_REFERENCE = re.compile(rb"\br=[\"']([A-Za-z]{1,3})[0-9]{1,7}[\"']")
_ROW = re.compile(rb"\br=[\"'][A-Za-z]{0,3}([0-9]{1,7})[\"']")
# OpenDocument 1.3, часть 3, 9.1.3, 19.675, 19.679: повторы строк и ячеек; пустые в счёт не идут.
_OF_TABLE = re.compile(rb"<table:(table-row|(?:covered-)?table-cell|table)(?=[\s/>])([^>]*)>")
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated=[\"']([0-9]{1,9})[\"']")
_FREE_ROWS = 100_000  # строк, которые разрешены любой книге
_FREE = 5_000_000  # ячеек, которые разрешены любому листу: это полтораста мегабайт
_RATIO = 20  # во столько раз прямоугольник бывает больше числа своих ячеек


def is_sparse(archive: zipfile.ZipFile) -> bool:
    """Говорит, есть ли лист, у которого прямоугольник намного больше того, что в нём есть.

    Raises:
        zipfile.BadZipFile: книга испорчена.
    """
    if "content.xml" in archive.namelist():
        return _is_repeated(archive)
    sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
    return any(_is_sparse(archive, name) for name in sheets)


def _is_sparse(archive: zipfile.ZipFile, sheet: str) -> bool:
    columns: set[bytes] = set()
    last_row = cells = 0
    for piece in _pieces(archive, sheet):
        found = _REFERENCE.findall(piece)
        cells += len(found)
        columns.update(found)
        last_row = max(last_row, *map(int, _ROW.findall(piece)), 0)
    area = last_row * max(map(_place, columns), default=0)
    return area > _FREE + _RATIO * cells


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    rest = b""
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            yield rest + piece
            rest = piece[-_OVERLAP:]


def _place(column: bytes) -> int:
    """Считает место столбца с единицы: A — 1, XFD — 16384."""
    place = 0
    for letter in column.upper():
        place = place * 26 + letter - ord("@")
    return place


def _is_repeated(archive: zipfile.ZipFile) -> bool:
    """Говорит то же о книге .ods, и о строках с данными, которые повторены слишком много раз."""
    cells = rows = filled = last_row = width = place = row = repeats = 0
    for kind, told in _tags(archive):
        times = int(found[1]) if (found := _REPEATED.search(told)) else 1
        if kind == b"table":
            row = 0
        elif kind == b"table-row":
            rows, row, place, repeats, is_filled = rows + 1, row + times, 0, times, False
        else:
            cells, place = cells + 1, place + times
            if not told.endswith(b"/"):
                width, last_row = max(width, place), max(last_row, row)
                filled, is_filled = filled + (0 if is_filled else repeats), True
    has_many_rows = filled > _FREE_ROWS + _RATIO * rows
    return has_many_rows or last_row * width > _FREE + _RATIO * cells


def _tags(archive: zipfile.ZipFile) -> Iterator[tuple[bytes, bytes]]:
    rest = b""
    with archive.open("content.xml") as part:
        while piece := part.read(_PIECE):
            text = rest + piece
            cut = text.rfind(b"<")
            rest = text[cut:][:_PIECE]
            yield from _OF_TABLE.findall(text[:cut])
    yield from _OF_TABLE.findall(rest)
