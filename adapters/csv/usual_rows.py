"""Обычная строка: одним выражением видно, что смотреть в ней не на что.

Так проверяется почти каждая строка загрузки, а по ячейкам — только остальные: перебор видов дороже
самого чтения. Выражение перечисляет то, что заведомо обычно; чего в нём нет, разберут подробно.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from adapters.csv.field_suspicions import LARGEST, TRUTH
from adapters.csv.misread_text import beginning_of_misread
from adapters.csv.suspicion_words import NULL_WORDS, PROGRAM_WORDS

_WORDS = NULL_WORDS | TRUTH | LARGEST | PROGRAM_WORDS

# Знаки, с которых начинается хоть что-то подозрительное; среди них пробелы, кроме простого, и то,
# чего в словах нет, а в прочтённом дважды есть всегда.
_ODD = (
    "\0\\\\#?&%{\\[<'\"=*@+_:¿•●√–—…ÐÑÃÂÎÏÅÄĂĹâ\x80-\xb7\xbb-\xbf\u0340-\u036f"
    "ЅѕјЂЃ‚ѓ„†‡€‰Љ‹ЊЌЋЏђ™љ›њќћџ"
    "\t\n\v\f\r\x1c-\x1f\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2500-\u25ff\u3000"
    "\ud800-\uf8ff\ufeff\ufff0-\uffff"
)
# Букв, с которых начинается прочтённое дважды, здесь нет.
_LATIN = (
    "A-ZÀÁÆÇÈÉÊËÌÍÓÔÕÖØÙÚÛÜÝÞ",
    "A-ZÀÁÆÇÈÉÊËÌÍÓÔÕÖØÙÚÛÜÝÞ",
    "a-zß-öø-ÿ\u0100\u0101\u0103-\u0138\u013a-\u024f",
)
_CYRILLIC = ("А-ЯЁЇІЄҐ", "А-ЯЁ", "а-яёїієґ")
_OTHER_LETTERS = (
    "\u0386-\u03ce\u0531-\u05f4\u0620-\u064a\u066e-\u06d3\u0904-\u0d7f\u0e01-\u0e4e\u10a0-\u10ff"
    "\u3041-\u951e\u9520-\u9fff\uac00-\ud7a3"
)


def _words(first: str, capital: str, small: str) -> str:
    word = f"[{first}][{capital}]*[{small}]*"
    return f"{word}(?:[ -]{word})*(?: [0-9]+)?"


# Прочтённое дважды, которого знаки из _ODD не выдают: «Р», «С», «Ξ» или «Ο», а за ними такое.
_SECOND = "ЁЄЇІЎҐёєїіўґ№\xb8-\xba"
# До 241 знака, с буквы, и подозрительного среди них нет.
_ORDINARY = (
    rf"(?![{_ODD}])(?=[^\W\d_][^\0]{{0,240}}(?:\0|\Z))"
    rf"[^РСΞΟ{_ODD}]*(?:[РСΞΟ](?![{_SECOND}])[^РСΞΟ{_ODD}]*)*"
)

# Слова одного алфавита: смешанных и перевёрнутых среди них не бывает.
_LETTERS = f"{_words(*_LATIN)}|{_words(*_CYRILLIC)}|[{_OTHER_LETTERS}]+(?: [{_OTHER_LETTERS}]+)*"
_PATTERNS: Mapping[str, str] = {
    "name": f"(?:{_LETTERS})",
    "email": r"[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]+",
    "age": r"\d{0,3}",
    "gender": rf"(?!Null(?:\0|\Z))(?:[A-Za-z]+|[{_CYRILLIC[0]}]?[{_CYRILLIC[2]}]*|[0129])?",
    "country": rf"(?!Null(?:\0|\Z))(?:{_LETTERS})?",
    # Не день («Mar-21»), не base64 и не номер: слово или номер дома, за которым слово.
    "address": (
        r"(?:(?![^\W\d_]{3,6}\.?[.-]\d|[\w/]{8,}(?:\0|\Z))"
        rf"(?:\d{{1,6}}[ ,/]{{1,4}})?{_ORDINARY}(?<! ))?"
    ),
    # В пятнадцати знаках цифр не больше пятнадцати; длиннее — номер с кодом в скобках. Не день.
    "phone": (
        r"(?:(?!0+(?:\0|\Z)|(?:19|20|00)\d\d-\d\d-\d\d(?:\0|\Z))"
        r"(?:\+?\d{1,3} ?\(\d{2,4}\) ?\d{3}-\d\d-\d\d|[+(]?\d[\d() -]{0,13})"
        r"(?<=\d)(?<!00000))?"
    ),
}


def usual_row(names: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    """Возвращает проверку строки: говорит «да», только если смотреть в ней не на что.

    Args:
        names: поля покупателя, в порядке ячеек.
    """
    # Поле, о котором здесь не сказано, обычно пустым; полное смотрят подробно.
    fullmatch = re.compile("\0".join(_PATTERNS.get(name, "") for name in names)).fullmatch
    find_misread = beginning_of_misread().search

    def is_usual(cells: Sequence[str]) -> bool:
        joined = "\0".join(cells)
        return (
            fullmatch(joined) is not None
            and _WORDS.isdisjoint(cells)
            and "..." not in joined
            and "null" not in joined
            and "NULL" not in joined
            and " Null" not in joined
            and "undefined" not in joined
            and "NaN" not in joined
            and " nan" not in joined
            and " None" not in joined
            and (joined.isascii() or find_misread(joined) is None)
        )

    return is_usual


@cache
def _of_cell(name: str) -> Callable[[Sequence[str]], bool]:
    return usual_row([name])


def is_usual_cell(name: str, cell: str) -> bool:
    """Говорит то же об одной ячейке: в необычной строке обычны все остальные."""
    return name in _PATTERNS and _of_cell(name)([cell])
