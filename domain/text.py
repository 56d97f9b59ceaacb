"""Текст: нормальная форма (normal form), знаки, каких в нём не бывает, и числа, им записанные."""

import re
import unicodedata

# Свойство White_Space из Unicode Character Database (PropList.txt). Шире, чем у str.strip(),
# не нужно: там ещё и управляющие U+001C–U+001F, а они ошибка, а не пробел.
_WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

# Категории Cc и Cs: управляющие знаки (NUL в их числе) и половинки суррогатных пар.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# int() принял бы и ``3_3``, и ``٣٣``, а тысячи цифр, хоть и нулей, не принял бы вовсе. Двадцати
# значащих цифр хватает и на 2**64.
_INTEGER = re.compile("(-?)0*([0-9]{1,20})")


def normal_text(text: str) -> str:
    """Приводит текст к Unicode NFC (UAX #15) и убирает внешние пробелы."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip(_WHITE_SPACE)


def has_control_characters(text: str) -> bool:
    """Говорит, есть ли в тексте управляющие знаки или одиночные суррогаты."""
    # Печатаемые знаки не управляющие: обычный текст обходится без поиска.
    return not text.isprintable() and _FORBIDDEN.search(text) is not None


def ascii_integer(text: str) -> int | None:
    """Читает целое из цифр ASCII; ``None`` — это не оно, или значащих цифр больше двадцати."""
    found = _INTEGER.fullmatch(text)
    return int(found[1] + found[2]) if found else None
