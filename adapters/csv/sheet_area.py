"""Площадь листов книги .xlsx: calamine держит в памяти весь прямоугольник до самой дальней ячейки.

Одна забытая ячейка XFD1048576 — это семнадцать миллиардов ячеек, и процесс обрывается посреди
библиотеки, не сказав ни слова.
"""

import re
import zipfile
from collections.abc import Iterator

_PIECE = 1 << 20
_OVERLAP = 64  # байт: ссылка на ячейку, разрезанная границей куска, короче
_REFERENCE = re.compile(rb"\br=[\"']([A-Za-z]{1,3})[0-9]{1,7}[\"']")
_ROW = re.compile(rb"\br=[\"'][A-Za-z]{0,3}([0-9]{1,7})[\"']")
_FREE = 5_000_000  # ячеек, которые разрешены любому листу: это полтораста мегабайт
_RATIO = 20  # во столько раз прямоугольник бывает больше числа своих ячеек


def is_sparse(archive: zipfile.ZipFile) -> bool:
    """Говорит, есть ли лист, у которого прямоугольник намного больше того, что в нём есть.

    Raises:
        zipfile.BadZipFile: книга испорчена.
    """
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
