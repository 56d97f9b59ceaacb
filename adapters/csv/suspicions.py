"""Подозрительные ячейки: что инструменты пишут на месте потерянного или пустого."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum

from attrs import define, field, frozen

_LINES = 5  # номеров строк, которые показываются
_EXAMPLES = 2
_WORDS = 6  # букв в телефоне без единой цифры


class Kind(StrEnum):
    """Вид подозрительного; имя говорит оператор, когда принимает его как есть."""

    NULL_WORD = "null_word"
    SPREADSHEET_ERROR = "spreadsheet_error"
    NUMBER_IN_PHONE = "number_in_phone"
    HIDDEN_NUMBER = "hidden_number"
    BOOLEAN_IN_PHONE = "boolean_in_phone"
    QUESTION_MARKS = "question_marks"
    REPLACEMENT_CHARACTER = "replacement_character"
    DECODED_TWICE = "decoded_twice"
    BACKSLASH_ESCAPE = "backslash_escape"
    FIRST_NAME_ONLY = "first_name_only"
    PHONE_WITHOUT_DIGITS = "phone_without_digits"
    OTHER_ENCODING = "other_encoding"
    ROUNDED_NUMBER = "rounded_number"
    SHORT_NUMBER = "short_number"
    OLD_TIME = "old_time"


ADVICE: Mapping[str, str] = {
    Kind.NULL_WORD: "a word that tools write for nothing; --null WORD takes it for an empty cell",
    Kind.SPREADSHEET_ERROR: "an error of a spreadsheet's formula",
    Kind.NUMBER_IN_PHONE: "a spreadsheet took the phone for a number: the plus, leading zeros or"
    " digits are lost; export phones as text",
    Kind.HIDDEN_NUMBER: "a spreadsheet's column was too narrow for the number",
    Kind.BOOLEAN_IN_PHONE: "a truth value where a phone should be",
    Kind.QUESTION_MARKS: "letters became question marks when the file was written; export it as"
    " UTF-8",
    Kind.REPLACEMENT_CHARACTER: "a letter was lost when the file was written (U+FFFD)",
    Kind.DECODED_TWICE: "UTF-8 that was read in another encoding and written again",
    Kind.BACKSLASH_ESCAPE: "a backslash escapes something; --escape backslash (MySQL, PostgreSQL,"
    " ClickHouse) or --escape php",
    Kind.FIRST_NAME_ONLY: "a column of surnames stands beside the name;"
    " --column 'name=NAME + LAST NAME' joins them",
    Kind.PHONE_WITHOUT_DIGITS: "letters and no digit where a phone should be: the row may be"
    " shifted by a delimiter inside a cell that is not in quotation marks",
    Kind.OTHER_ENCODING: "the text reads right in another encoding",
    Kind.ROUNDED_NUMBER: "the phone is a number and may have been rounded",
    Kind.SHORT_NUMBER: "the phone is a number and may have lost leading zeros",
    Kind.OLD_TIME: "tools write such a time for none: nobody registered in a web shop before 1990",
    "number_cell": "the phone was a number: it has no plus",
    "spreadsheet_guard": 'the apostrophe or ="…" that guards a cell from spreadsheets is off',
    "whole_number": "a whole number was written with decimals",
}
"""Что значит каждый вид подозрительного и исправленного и что с ним делать."""

CERTAIN = frozenset(Kind) - {
    Kind.PHONE_WITHOUT_DIGITS,
    Kind.ROUNDED_NUMBER,
    Kind.SHORT_NUMBER,
}
"""Виды, которые верным значением не бывают: увидев их в начале файла, загрузка не начинается."""

# Как пишут инструменты, буква в букву: покупателя зовут и Null.
_NULL_WORDS = frozenset(
    ("\\N", "NULL", "null", "(null)", "(NULL)", "[NULL]", "<nil>", "nil", "None", "undefined")
) | frozenset(("NA", "<NA>", "N/A", "n/a", "nan", "NaN", "-nan", "NaT"))
_ERROR = re.compile(
    "#(N/A|REF!|VALUE!|DIV/0!|NAME\\?|NUM!|NULL!|Н/Д|ССЫЛКА!|ЗНАЧ!|ДЕЛ/0!|ИМЯ\\?|ЧИСЛО!|ПУСТО!)"
)
_HASHES = re.compile("#{3,}")
_QUESTIONS = re.compile(r"[\s.,;:\d/-]*(\?[\s.,;:\d/-]*){2,}")
_TRUTH = frozenset(("TRUE", "FALSE", "True", "False", "true", "false", "ИСТИНА", "ЛОЖЬ"))
# 7.92E+10, 7,92135E+10; 79213451948.0: у телефона такой дроби не бывает.
_NUMBER = re.compile(r"\+?\d+([.,]\d+)?[eE]\+?\d+|\+?\d{5,}[.,]0+")
# Байты UTF-8, прочтённые как cp1251 и как cp1252 (или Latin-1): первый и следующие за ним.
_NEXT_1251 = "[ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\x98™љ›њќћџ\xa0ЎўЈ¤Ґ¦§Ё©Є«¬\xad®Ї°±Ііґµ¶·ё№є»јЅѕї]"
_NEXT_1252 = "[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x80-\xbf]"
_TWICE = re.compile(
    f"([РС]{_NEXT_1251}){{2}}|([ÐÑÃÂÎÏÅÄ]{_NEXT_1252}){{2}}|Ã{_NEXT_1252}|â€[™œ\x9d“”¦]"
)
ESCAPES_OF_TABBED = re.compile(r"\\([ntr\\'\"]|\r?\n|$)")
"""Где в файле с табуляцией косая черта — знак экранирования."""

ESCAPES = re.compile(r"\\\r?\n")
"""Где она такова в прочих: там она бывает и сама собой, как в C:\\temp."""

_WHOLE = {
    Kind.SPREADSHEET_ERROR: _ERROR,
    Kind.HIDDEN_NUMBER: _HASHES,
    Kind.QUESTION_MARKS: _QUESTIONS,
}
# С этих знаков начинается всё прочее: обычной строке хватает одного поиска. Здесь и пробелы, кроме
# простого, и то, чего в словах нет, а в прочтённом дважды есть всегда. Перебор видов выражением
# дороже самих ячеек, поэтому это один набор знаков.
_ODD = re.compile(
    "[\\\\#?\ufffd'=ÐÑÃÂÎÏÅÄâ\x98°±µ¶·ЅѕјЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ™љ›њќћџ"
    "\t\n\v\f\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
_PHONE = re.compile(r"[+\d() -]*")


def is_ordinary(cells: Collection[str], phone: str) -> bool:
    """Говорит, нет ли в строке ничего, на что стоит смотреть по ячейкам.

    Args:
        cells: ячейки полей.
        phone: ячейка телефона, одна из них; пусто — его нет.
    """
    joined = "\0".join(cells)
    return not (
        _ODD.search(joined)
        or " \0" in joined
        or "\0 " in joined
        or joined.startswith(" ")
        or joined.endswith(" ")
        or not _NULL_WORDS.isdisjoint(cells)
        or not _PHONE.fullmatch(phone)
    )


def suspicion(name: str, cell: str, escapes: re.Pattern[str] | None = ESCAPES) -> Kind | None:
    """Говорит, чем подозрительна ячейка.

    Args:
        name: поле покупателя.
        cell: ячейка.
        escapes: где косая черта — знак экранирования; ``None`` — его смысл уже сказан.
    """
    text = cell.strip()
    if text in _NULL_WORDS:
        return Kind.NULL_WORD
    if name == "phone" and not _PHONE.fullmatch(text):
        found = _of_phone(text)
        if found is not None:
            return found
    return _of_text(text, escapes) if _ODD.search(text) else None


def _of_phone(text: str) -> Kind | None:
    if _NUMBER.fullmatch(text):
        return Kind.NUMBER_IN_PHONE
    if text in _TRUTH:
        return Kind.BOOLEAN_IN_PHONE
    # «нет» и «none» пишут люди; слова подлиннее — уже чужой столбец.
    if sum(map(str.isalpha, text)) >= _WORDS and not any(map(str.isdigit, text)):
        return None if _ERROR.match(text) else Kind.PHONE_WITHOUT_DIGITS
    return None


def _of_text(text: str, escapes: re.Pattern[str] | None) -> Kind | None:
    for kind, pattern in _WHOLE.items():
        if pattern.fullmatch(text):
            return kind
    if "\ufffd" in text:
        return Kind.REPLACEMENT_CHARACTER
    if _TWICE.search(text):
        return Kind.DECODED_TWICE
    return Kind.BACKSLASH_ESCAPE if escapes is not None and escapes.search(text) else None


@frozen
class Finding:
    """Подозрительное одного вида в одном поле.

    Attributes:
        field: поле покупателя.
        kind: вид.
        rows: в скольких строках.
        lines: номера первых из них.
        examples: две ячейки.
    """

    field: str
    kind: str
    rows: int
    lines: tuple[int, ...]
    examples: tuple[str, ...]

    @property
    def explanation(self) -> str:
        """Что это значит и что делать."""
        return ADVICE[self.kind]


@define
class Findings:
    """Что замечено, по полям и видам."""

    _found: dict[tuple[str, str], tuple[list[int], list[int], list[str]]] = field(factory=dict)

    def add(self, name: str, kind: str, line: int, cell: str) -> None:
        """Запоминает ячейку."""
        rows, lines, examples = self._found.setdefault((name, kind), ([0], [], []))
        rows[0] += 1
        if len(lines) < _LINES:
            lines.append(line)
        if len(examples) < _EXAMPLES and cell not in examples:
            examples.append(cell[:60])

    def all(self) -> list[Finding]:
        """Перечисляет замеченное в порядке появления."""
        return [
            Finding(name, kind, rows[0], tuple(lines), tuple(examples))
            for (name, kind), (rows, lines, examples) in self._found.items()
        ]
