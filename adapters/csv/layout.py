"""Что в каком столбце: по строке заголовка и по тому, что сказал оператор."""

import csv
from collections.abc import Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from adapters.csv.lines import BadLine, Encoding
from application.customer_rows import SourceError
from domain.customer import REQUIRED_FIELDS, RULES

# UTF-16 с отметкой порядка байтов (в UTF-8 её не прочесть) и архив, в том числе .xlsx.
_NOT_TEXT = (r"\xff\xfe", r"\xfe\xff", "PK\x03\x04")


class Delimiter(StrEnum):
    """Чем разделены ячейки."""

    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"


@frozen
class Layout:
    """Строение файла.

    Attributes:
        delimiter: чем разделены ячейки.
        names: столбцы, как они названы в заголовке.
        places: места столбцов по именам полей, с нуля.
    """

    delimiter: Delimiter
    names: tuple[str, ...]
    places: Mapping[str, int]

    @property
    def ignored(self) -> list[str]:
        """Названия столбцов, которые ни одному полю не достались."""
        used = set(self.places.values())
        return [name for place, name in enumerate(self.names) if place not in used and name.strip()]

    @property
    def meaning(self) -> str:
        """От чего, кроме байтов файла, зависит смысл его ячеек."""
        return repr((self.delimiter.value, sorted(self.places.items())))


def read_layout(
    header: str | BadLine | None,
    encoding: Encoding,
    delimiter: Delimiter | None = None,
    named: Mapping[str, str] | None = None,
) -> Layout:
    """Разбирает строку заголовка; регистр букв в ней не важен.

    Args:
        header: первая строка файла.
        encoding: кодировка файла.
        delimiter: чем разделены ячейки; ``None`` — узнать по заголовку.
        named: как столбцы названы в этом файле, по именам полей; без названия — как поле.

    Raises:
        SourceError: это не заголовок, или в нём нет нужного столбца.
    """
    names = {field: field for field in RULES} | dict(named or {})
    text = _checked(header, encoding)
    candidates = [delimiter] if delimiter else list(Delimiter)
    # Верен тот, с которым нашлось больше столбцов, а если не нашлись — с которым их больше.
    found = [one for one in (_split(text, each, names) for each in candidates) if one is not None]
    layout = max(found, key=lambda one: (len(one.places), len(one.names)), default=None)
    if layout is None or (not layout.places and len(found) < len(candidates)):
        raise SourceError(
            "the first line is not a line of CSV with names of columns, ended by LF or CRLF"
        )
    missing = [field for field in RULES if field not in layout.places]
    lacking = [
        names[field] for field in missing if field in REQUIRED_FIELDS or field in (named or {})
    ]
    if lacking:
        raise SourceError(
            f"no column {', '.join(map(repr, lacking))} in the first line, which has"
            f" {', '.join(map(repr, layout.names))}; --column FIELD=NAME says what a column is"
        )
    return layout


def _checked(header: str | BadLine | None, encoding: Encoding) -> str:
    if header is None:
        raise SourceError("there is nothing in the file")
    text = header.start if isinstance(header, BadLine) else header
    if "\0" in text or text.startswith(_NOT_TEXT):
        raise SourceError("this is not a text file in CSV; save it as CSV in UTF-8")
    if not isinstance(header, BadLine):
        return text
    if header.code == "wrong_encoding":
        other = "windows-1251" if encoding is Encoding.UTF_8 else "utf-8"
        raise SourceError(f"the first line is not in {encoding}; try --encoding {other}")
    raise SourceError("the first line is too long for a line with names of columns")


def _split(header: str, delimiter: Delimiter, names: Mapping[str, str]) -> Layout | None:
    """Делит заголовок; ``None`` — с этим разделителем он не CSV."""
    try:
        [cells] = csv.reader([header], delimiter=delimiter, strict=True)
    except csv.Error:
        return None
    return Layout(delimiter, tuple(cells), _places(cells, names))


def _places(cells: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    columns = [_normal(cell) for cell in cells]
    places = {}
    for field, name in names.items():
        wanted = _normal(name)
        if columns.count(wanted) > 1:
            raise SourceError(f"the first line has more than one column {name!r}")
        if wanted in columns:
            places[field] = columns.index(wanted)
    return places


def _normal(name: str) -> str:
    return name.strip().casefold()
