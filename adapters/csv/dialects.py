"""Как записан файл: чем разделены ячейки и что значит обратная косая черта."""

import re
from enum import StrEnum

from attrs import frozen


class Delimiter(StrEnum):
    """Чем разделены ячейки."""

    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    PIPE = "|"


class Escape(StrEnum):
    r"""Что значит обратная косая черта.

    Attributes:
        NONE: ничего, как в RFC 4180.
        BACKSLASH: как в ``INTO OUTFILE`` MySQL и MariaDB, в текстовом виде COPY и в TSV
            ClickHouse: ``\n``, ``\t`` и ``\\`` — знаки, перенос строки после неё — внутри
            ячейки, ``\N`` во всю ячейку — нет значения.
        PHP: кавычка после неё не кончает ячейку, а сама она остаётся, как у ``fputcsv`` PHP.
    """

    NONE = "none"
    BACKSLASH = "backslash"
    PHP = "php"


@frozen
class Dialect:
    """Строение строк.

    Attributes:
        delimiter: чем разделены ячейки.
        skips_blanks: пробелы перед ячейкой ничего не значат, и кавычка после них открывает её.
        escape: что значит обратная косая черта.
    """

    delimiter: str
    skips_blanks: bool = False
    escape: Escape = Escape.NONE


# Знак, который читателю CSV видеть нельзя, прячется за одиночным суррогатом: в расшифрованном
# тексте таких не бывает.
_HIDDEN = 0xDC00
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SHOWN = re.compile("[\udc00-\udcff]")
_LETTERS = dict(zip("ntr0bZfv", "\n\t\r\0\b\x1a\f\v", strict=True))
_NO_VALUE = r"\N"


def hidden(line: str, escape: Escape) -> str:
    """Прячет знаки, которые косая черта лишает их смысла для CSV."""
    if "\\" not in line:
        return line
    if escape is Escape.PHP:
        return line.replace('\\"', "\\" + _hide('"'))
    return _ESCAPED.sub(_unescaped, line)


def shown(cell: str, escape: Escape) -> str:
    """Возвращает ячейку, в которой спрятанное снова на месте."""
    if escape is Escape.BACKSLASH and cell == _NO_VALUE:
        return ""
    return _SHOWN.sub(lambda match: chr(ord(match[0]) - _HIDDEN), cell)


def is_continued(line: str, escape: Escape) -> bool:
    """Говорит, кончается ли строка косой чертой, после которой перенос — часть ячейки."""
    if escape is not Escape.BACKSLASH:
        return False
    text = line.removesuffix("\n").removesuffix("\r")
    return text != line and (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _unescaped(match: re.Match[str]) -> str:
    sign = match[1]
    if sign == "N":
        return match[0]
    meant = _LETTERS.get(sign, sign)
    return _hide(meant) if meant < "\x80" else meant


def _hide(sign: str) -> str:
    return chr(_HIDDEN + ord(sign))
