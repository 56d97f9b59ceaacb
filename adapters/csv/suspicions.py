"""Подозрительные ячейки: что инструменты пишут на месте потерянного или пустого."""

import re
from collections.abc import Callable, Sequence

from adapters.csv.encoded_text import is_encoded, is_html
from adapters.csv.field_suspicions import of_field
from adapters.csv.misread_text import (
    has_lost_letters,
    has_question_marks,
    has_sign_in_word,
    is_decoded_twice,
)
from adapters.csv.suspicion_kinds import Kind
from adapters.csv.suspicion_words import (
    PROGRAM_WORDS,
    is_formula,
    is_hidden_number,
    is_null_word,
    is_spreadsheet_error,
)

_MONTHS = (
    "jan|feb|m[aä]r|apr|ma[yi]|jun|jul|aug|sept?|o[ck]t|nov|de[cz]|mrz|janv|févr?|mars|avr|juin"
    "|juil|août|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|out|dez|sty|lut|kwi|maj|cze|lip|sie|wrz"
    "|paź|lis|gru|oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara"
    "|янв|февр?|мар|апр|ма[йя]|июн|июл|авг|сент?|окт|ноя|дек|січ|лют|бер|кві|тра|чер|лип|сер|вер"
    "|жов|лис|гру"
)
_DAY_OF_MONTH = re.compile(
    rf"\d{{1,2}}[-.]({_MONTHS})\.?([-.]\d{{2,4}})?|({_MONTHS})\.?[-.]\d{{2}}(\d\d)?", re.IGNORECASE
)
_DAY = re.compile(
    r"(([0-3]?\d[./][01]?\d[./]|[01]?\d/[0-3]?\d/)(19|20|00)\d\d"
    r"|(19|20|00)\d\d(?P<sign>[-/])\d\d(?P=sign)\d\d)"
    r"([T ]\d{1,2}:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
)
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?")
_OF_PROGRAM = re.compile(
    r"""b'.*'|b".*"|\[object \w+\]|\[(['"]).*\1\]|\{.*\}|\[[-+()\d\s.,]*\]"""
    r"""|Array\s*\(.*|<.* at 0x[0-9A-Fa-f]+>|#<\w.*>"""
    r"""|\w[\w.]*\((?:['"].*|\d{4},.*)\)|[aOs]:\d+:.*[;}]|\d+;#.*|[A-Za-z][\w$.]*@[0-9a-f]{6,8}"""
    r"""|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}""",
    re.DOTALL,
)
# Поля шаблона, которых никто не заполнил: Jinja и Mustache, JavaScript, Mailchimp, ERB.
_TEMPLATE = re.compile(r"\{\{.*\}\}|\$\{\w.*\}|\*\|\w+\|\*|<%.*%>|%[A-Z]+(?:_[A-Z]+)+%")
# Строка с адресом и другими ячейками внутри ячейки: её проглотила незакрытая кавычка.
_SWALLOWED = re.compile(
    r'\n(?:[^\n]*[,;\t|])?"?[^\s@,;|"]+@[^\s@,;|"]+"?[,;\t|]|\n[^\n]*[,;\t|]"?[^\s@,;|"]+@[^\s@,;|"]+'
)
_BETWEEN_WORDS = re.compile("(\\w)\u200b+(\\w)")
_DOUBLED = re.compile(r"[^\W\d_]''[^\W\d_]")
_LOOKED_AT = 1024  # знаков: самое длинное верное значение до приведения к нормальной форме
_CUT = re.compile(r".*\w ?(?:…|\.\.\.)", re.DOTALL)

ESCAPES_OF_TABBED = re.compile(r"\\([ntr\\'\"]|\r?\n|$)")
"""Где в файле с табуляцией косая черта — знак экранирования."""

ESCAPES = re.compile(r"\\\r?\n|\\r\\n|\\'|(?<![:\\])\\n(?![a-z])")
r"""Где она такова в прочих: там она бывает и сама собой, как в C:\temp."""


def suspicion(name: str, cell: str, escapes: re.Pattern[str] | None = ESCAPES) -> Kind | None:
    """Говорит, чем подозрительна ячейка.

    Args:
        name: поле покупателя.
        cell: ячейка; что длиннее любого верного значения, того не смотрят: его отклонит правило.
        escapes: где косая черта — знак экранирования; ``None`` — его смысл уже сказан.
    """
    text = cell.strip()[:_LOOKED_AT]
    if not text:
        return None
    for kind, is_found in _LOOKS:
        if is_found(name, text):
            return kind
    if found := of_field(name, text):
        return found
    if escapes is not None and escapes.search(text):
        return Kind.BACKSLASH_ESCAPE
    return Kind.QUOTATION_MARKS if _has_odd_quotation(name, text) else None


def _is_day(name: str, text: str) -> bool:
    if name == "registered_at":
        return False
    if name in ("phone", "address") and _CLOCK.fullmatch(text):
        return True
    return _DAY_OF_MONTH.fullmatch(text) is not None or _DAY.fullmatch(text) is not None


def _has_rows(_name: str, text: str) -> bool:
    return "\n" in text and _SWALLOWED.search(text) is not None


def _is_of_program(name: str, text: str) -> bool:
    is_value = name != "email" and _OF_PROGRAM.fullmatch(text) is not None
    return is_value or text in PROGRAM_WORDS or _TEMPLATE.search(text) is not None


def _has_hidden_space(_name: str, text: str) -> bool:
    return any(one.islower() and other.isupper() for one, other in _BETWEEN_WORDS.findall(text))


def _is_cut(name: str, text: str) -> bool:
    return name in ("name", "address") and _CUT.fullmatch(text) is not None


_LOOKS: Sequence[tuple[Kind, Callable[[str, str], bool]]] = (
    (Kind.NULL_WORD, is_null_word),
    (Kind.SPREADSHEET_ERROR, lambda _, text: is_spreadsheet_error(text)),
    (Kind.HIDDEN_NUMBER, is_hidden_number),
    (Kind.DATE, _is_day),
    (Kind.REPLACEMENT_CHARACTER, lambda _, text: has_lost_letters(text)),
    (Kind.QUESTION_MARKS, has_question_marks),
    (Kind.SWALLOWED_ROWS, _has_rows),
    (Kind.PROGRAM_VALUE, _is_of_program),
    (Kind.ENCODED_LETTERS, lambda _, text: is_encoded(text)),
    (Kind.FORMULA, is_formula),
    (Kind.HTML_ENTITY, lambda _, text: is_html(text)),
    (Kind.DECODED_TWICE, lambda _, text: is_decoded_twice(text)),
    (
        Kind.OTHER_ENCODING,
        lambda name, text: name in ("name", "country") and has_sign_in_word(text),
    ),
    (Kind.HIDDEN_SPACE, _has_hidden_space),
    (Kind.CUT_TEXT, _is_cut),
)


def _has_odd_quotation(name: str, text: str) -> bool:
    """Говорит, есть ли лишние кавычки; в адресе непарная — это и дюймы."""
    marks = text.count('"')
    is_whole = marks == 2 and text[0] == text[-1] == '"'  # noqa: PLR2004 — пара
    is_cut = marks % 2 == 1 and (text[0] == '"') != (text[-1] == '"') and name != "address"
    is_single = len(text) > 1 and text[0] == text[-1] == "'"
    return is_whole or is_single or is_cut or '""' in text or _DOUBLED.search(text) is not None
