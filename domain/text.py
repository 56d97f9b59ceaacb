"""Текст: нормальная форма (normal form) и числа, им записанные.

Работа с текстом растёт не быстрее его самого, каким бы он ни был: он приходит снаружи, и длину
его здесь ещё никто не проверил.
"""

import re
from unicodedata import combining, normalize

from domain.characters import ASCII_WHITE_SPACE, OUTER_FORMAT, WHITE_SPACE, is_blank

MAX_NON_STARTERS = 30
"""Столько знаков при букве может идти подряд: предел формата Stream-Safe (UAX #15, 13)."""

SHRINKS = 4
"""Во столько раз нормальная форма бывает короче текста: NFC собирает в один до четырёх знаков."""

# Квантификатор *+ ничего не возвращает: иначе работа над одними пробелами росла бы квадратично.
_OUTER = f"[{WHITE_SPACE}{OUTER_FORMAT}]"
_TRIMMED = re.compile(f"{_OUTER}*+((?:.*[^{_OUTER[1:]})?)", re.DOTALL)

# Печатаемые знаки ASCII, латиница, кириллица и их препинания.
_USUAL = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2116]*")

# Подряд идущие знаки занимают в тексте не меньше четырнадцати мест: на каждый их приходится до
# двух, и до трёх входит в букву перед ними.
_LEAST_PLACES = (MAX_NON_STARTERS + 1 - 3) // 2
_PIECE = 32

# Начинаются они не с пробела: иначе с каждого пробела длинного ряда начинался бы новый поиск.
_LINE_BREAKS_AFTER_COMMA = re.compile("(?<=[,;])[ \t]*+\n[ \t\n]*")
_LINE_BREAKS = re.compile("(?<![ \t\n])[ \t]*+\n[ \t\n]*")
_TABS = re.compile("(?<![ \t]) *+\t[ \t]*")

# int() принял бы и ``3_3``, и ``٣٣``, а тысячи цифр, хоть и нулей, не принял бы вовсе. Двадцати
# значащих цифр хватает и на 2**64.
_INTEGER = re.compile("(-?)(?=[0-9])0*+([0-9]{0,20})")


def is_usual(text: str) -> bool:
    """Говорит, что в нормальной форме текст отличается разве что внешними пробелами."""
    return _USUAL.fullmatch(text) is not None


def trimmed(text: str) -> str:
    """Убирает внешние пробелы и знаки форматирования (отметку порядка байтов, например)."""
    if text.isascii():
        return text.strip(ASCII_WHITE_SPACE)
    found = _TRIMMED.match(text)
    return found[1] if found else text


def normal_text(text: str) -> str:
    """Приводит текст к Unicode NFC (UAX #15) и убирает снаружи всё, чего не видно.

    Текст без единого видимого знака становится пустым. Текст, который не Stream-Safe, остаётся не
    в NFC: приводить его пришлось бы квадратично долго, и ни одному правилу он не годится.
    """
    return composed(text) if text.isascii() or is_stream_safe(text) else trimmed(text)


def composed(text: str) -> str:
    """То же, что ``normal_text``, для текста, о котором уже известно, что он Stream-Safe."""
    if text.isascii():
        return text.strip(ASCII_WHITE_SPACE)
    if is_usual(text):
        return text.strip()  # в таком тексте str.strip() лишнего не уберёт
    text = trimmed(text)
    return "" if is_blank(text) else normalize("NFC", text)


def is_stream_safe(text: str) -> bool:
    """Говорит, что нигде в тексте не идёт подряд больше ``MAX_NON_STARTERS`` знаков при букве.

    Считаются знаки с Canonical_Combining_Class больше нуля после NFD, а не NFKD, как в UAX #15:
    замен по совместимости сервис не делает. Все написания одного текста ответ получают один.
    """
    return longest_run(combining_classes(text)) <= MAX_NON_STARTERS


def combining_classes(text: str) -> bytes:
    """Возвращает Canonical_Combining_Class знаков текста после NFD; у букв — ноль.

    Порядок знаков при одной букве не обещан: расставлять их по местам и есть то, что долго. Пусто,
    если и так видно, что много знаков подряд в тексте не идёт.
    """
    if len(text) < _LEAST_PLACES or is_usual(text):
        return b""
    # Одно из мест, занятых длинным рядом, попадёт в такую выборку; в обычном тексте в ней буквы.
    if not any(map(combining, _decomposed(text[_LEAST_PLACES - 1 :: _LEAST_PLACES]))):
        return b""
    return bytes(map(combining, _decomposed(text)))


def _decomposed(text: str) -> str:
    """Раскладывает знаки, как NFD; по местам расставляет лишь в пределах куска."""
    starts = range(0, len(text), _PIECE)
    return "".join([normalize("NFD", text[start : start + _PIECE]) for start in starts])


def longest_run(classes: bytes) -> int:
    """Возвращает, сколько знаков при букве идёт подряд, самое большее."""
    return max(map(len, classes.split(b"\0")))


def one_line(text: str) -> str:
    """Складывает строки текста в одну: CR и LF становятся запятой с пробелом, табуляция — пробелом.

    Несколько подряд, и с пробелами между ними, считаются за один перевод строки; второй запятой
    после запятой не ставится.
    """
    text = trimmed(text).replace("\r", "\n")
    return _TABS.sub(" ", _LINE_BREAKS.sub(", ", _LINE_BREAKS_AFTER_COMMA.sub(" ", text)))


def ascii_integer(text: str) -> int | None:
    """Читает целое из цифр ASCII; ``None`` — это не оно, или значащих цифр больше двадцати."""
    found = _INTEGER.fullmatch(text)
    return int(found[1] + (found[2] or "0")) if found else None
