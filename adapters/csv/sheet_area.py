"""Площадь листов книги .xlsx и .ods: calamine держит в памяти прямоугольник до дальней ячейки.

Одна забытая ячейка XFD1048576 — это семнадцать миллиардов ячеек, и процесс обрывается посреди
библиотеки, не сказав ни слова. А в .ods одна строка, повторённая миллион раз, — миллион строк.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from attrs import define

_PIECE = 1 << 20
_OVERLAP = 64  # байт: ссылка на ячейку, разрезанная границей куска, короче
_REFERENCE = re.compile(rb"\br=[\"']([A-Za-z]{1,3})[0-9]{1,7}[\"']")
_ROW = re.compile(rb"\br=[\"'][A-Za-z]{0,3}([0-9]{1,7})[\"']")
_FREE_ROWS = 100_000  # строк, которые разрешены любой книге
_FREE = 5_000_000  # ячеек, которые разрешены любому листу: это полтораста мегабайт
_FREE_SIGNS = 100_000_000  # знаков, которые повторами может написать любая книга
_RATIO = 20  # во столько раз прямоугольник бывает больше числа своих ячеек
_UNREADABLE = 10**9  # раз: так повторено то, у чего число повторов — не число


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
    tally = _Tally()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tally.start
    parser.CharacterDataHandler = tally.text
    parser.EntityDeclHandler = _refuse_entity
    try:
        with archive.open("content.xml") as part:
            parser.ParseFile(part)
    except (expat.ExpatError, LookupError) as error:
        raise zipfile.BadZipFile(f"content.xml: {error}") from None
    return tally.is_too_much


def _refuse_entity(*_declaration: object) -> None:
    raise zipfile.BadZipFile("content.xml declares entities")


@define
class _Tally:
    """Счёт того, чем станут повторы (OpenDocument 1.3, часть 3, 6.1.3, 9.1.3, 19.675, 19.679).

    Пустые ячейки в счёт не идут: calamine их не хранит. Пуста та, у которой нет ни значения, ни его
    вида, ни формулы: их она читает из атрибутов, есть ли у ячейки содержимое или нет.
    """

    _cells: int = 0
    _rows: int = 0
    _filled: int = 0
    _last_row: int = 0
    _width: int = 0
    _signs: int = 0
    _own_signs: int = 0
    _row: int = 0
    _place: int = 0
    _repeats: int = 0
    _copies: int = 0
    _is_filled: bool = False

    @property
    def is_too_much(self) -> bool:
        """Станет ли книга намного больше того, что в ней есть."""
        return (
            self._filled > _FREE_ROWS + _RATIO * self._rows
            or self._last_row * self._width > _FREE + _RATIO * self._cells
            or self._signs > _FREE_SIGNS + _RATIO * self._own_signs
        )

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Считает начатое."""
        match name:
            case "table:table-cell" | "table:covered-table-cell":
                self._cell(attributes)
            case "table:table-row":
                self._repeats = _count(attributes, "table:number-rows-repeated")
                self._rows, self._row = self._rows + 1, self._row + self._repeats
                self._place, self._copies, self._is_filled = 0, 0, False
            case "table:table":
                self._row = 0
            case "text:s":
                self._signs += _count(attributes, "text:c") * self._copies

    def text(self, text: str) -> None:
        """Считает знаки ячейки столько раз, сколько она повторена."""
        self._own_signs += len(text)
        self._signs += len(text) * self._copies

    def _cell(self, attributes: Mapping[str, str]) -> None:
        times = _count(attributes, "table:number-columns-repeated")
        self._cells, self._place, self._copies = self._cells + 1, self._place + times, 0
        told = [one for name, one in attributes.items() if _is_of_value(name)]
        if told:
            self._width = max(self._width, self._place)
            self._last_row = max(self._last_row, self._row)
            self._filled += 0 if self._is_filled else self._repeats
            self._is_filled, self._copies = True, times * self._repeats
            self.text("".join(told))


def _is_of_value(name: str) -> bool:
    return name.startswith("office:") or name == "table:formula"


def _count(attributes: Mapping[str, str], name: str) -> int:
    """Читает число повторов; чего не прочесть, того очень много: правильная книга так не пишет."""
    told = attributes.get(name, "1")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else _UNREADABLE  # noqa: PLR2004 — столько цифр у _UNREADABLE
