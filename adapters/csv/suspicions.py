"""Подозрительные ячейки: что инструменты пишут на месте потерянного или пустого."""

import re
from collections.abc import Collection

from attrs import define, field, frozen

from adapters.csv.suspicion_kinds import ADVICE, Kind

_LINES = 5  # номеров строк, которые показываются
_EXAMPLES = 2
_WORDS = 6  # букв в телефоне без единой цифры


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
# Наибольшие целые: столбец базы данных был для телефона мал.
_LARGEST = frozenset(("2147483647", "4294967295", "9223372036854775807", "-2147483648"))
_MONTHS = (
    "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec"
    "|янв|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя|дек"
)
_DAY_OF_MONTH = re.compile(rf"\d{{1,2}}[-.]({_MONTHS})\.?|({_MONTHS})[-.]\d{{2}}", re.IGNORECASE)
_DAY = re.compile(r"([0-3]?\d[./][01]?\d[./]|[01]?\d/[0-3]?\d/)(19|20)\d\d|(19|20)\d\d-\d\d-\d\d")
# Ищется во всей строке сразу, и потому начинается с её разделителя ячеек: так поиск быстр.
_DAY_CELL = re.compile(r"\0(?:\d{1,2}[-.][^\W\d]|[^\W\d]{3,4}[-.]\d)")
_ENTITY = re.compile(r"&(#\d{2,5}|#x[0-9A-Fa-f]{2,4}|amp|quot|apos|lt|gt|nbsp);")
# RFC 2047, 2; RFC 2045, 6.7; RFC 3986, 2.1; RFC 8259, 7.
_CODES = re.compile(
    r"=\?[\w-]+\?[BbQq]\?|(=[C-F][0-9A-F]=[89AB][0-9A-F])|(%[C-F][0-9A-F]%[89AB][0-9A-F])"
    r"|\\u[0-9A-Fa-f]{4}"
)
_OF_PROGRAM = re.compile(
    r"""b'.*'|b".*"|\[object \w+\]|\[(['"]).*\1\]|\{.*["':,].*\}|<.* at 0x[0-9A-Fa-f]+>""",
    re.DOTALL,
)
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
    Kind.PROGRAM_VALUE: _OF_PROGRAM,
}
_ANYWHERE = {
    Kind.HTML_ENTITY: _ENTITY,
    Kind.ENCODED_LETTERS: _CODES,
    Kind.REPLACEMENT_CHARACTER: re.compile("\ufffd"),
    Kind.DECODED_TWICE: _TWICE,
}
# С этих знаков начинается всё прочее: обычной строке хватает одного поиска. Здесь и пробелы, кроме
# простого, и то, чего в словах нет, а в прочтённом дважды есть всегда. Перебор видов выражением
# дороже самих ячеек, поэтому это один набор знаков.
_ODD = re.compile(
    "[\\\\#?&%{\\[<\ufffd'=ÐÑÃÂÎÏÅÄâ\x98°±µ¶·ЅѕјЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ™љ›њќћџ"
    "\t\n\v\f\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
_PHONE = re.compile(r"[+\d() -]*")


def is_ordinary(cells: Collection[str], phone: str) -> bool:
    """Говорит, нет ли в строке ничего, на что стоит смотреть по ячейкам.

    Args:
        cells: ячейки полей.
        phone: ячейка телефона, одна из них; пусто — его нет.
    """
    joined = "\0" + "\0".join(cells)
    return not (
        _ODD.search(joined)
        or " \0" in joined
        or "\0 " in joined
        or joined.endswith(" ")
        or not _NULL_WORDS.isdisjoint(cells)
        or not _PHONE.fullmatch(phone)
        or phone in _LARGEST
        or _DAY.fullmatch(phone)
        or _DAY_CELL.search(joined)
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
    if text[:1].isalnum() and _DAY_OF_MONTH.fullmatch(text):
        return Kind.DATE
    if name == "phone" and (text in _LARGEST or not _PHONE.fullmatch(text) or _DAY.fullmatch(text)):
        found = _of_phone(text)
        if found is not None:
            return found
    return _of_text(text, escapes) if _ODD.search(text) else None


def _of_phone(text: str) -> Kind | None:
    if _NUMBER.fullmatch(text) or text in _LARGEST:
        return Kind.NUMBER_IN_PHONE
    if _DAY.fullmatch(text):
        return Kind.DATE
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
    for kind, pattern in _ANYWHERE.items():
        if pattern.search(text):
            return kind
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
