"""Ячейка, которая подозрительна для своего поля, хотя в другом была бы обычной."""

import re
from collections.abc import Callable, Mapping

from adapters.csv.suspicion_kinds import Kind

_WORDS = 6  # букв в телефоне без единой цифры
_NAME = 4  # то же, если он с прописной: имя или город
_MOST_DIGITS = 15  # МСЭ-T E.164, 6.2.1
_LONGEST_TEXT = 255  # знаков: столько помещается в обычный столбец текста у баз данных

TRUTH = frozenset(("TRUE", "FALSE", "True", "False", "true", "false", "ИСТИНА", "ЛОЖЬ"))
"""Как программы и таблицы пишут «да» и «нет»."""

# 7.92E+10, 7,92135E+10; 79213451948.0: у телефона такой дроби не бывает. Минус — это вычтенное,
# запятые — разряды.
_NAMES_OF_TRUTH = frozenset(("True", "true"))  # зовут и так
_NUMBER = re.compile(
    r"\+?\d+([.,]\d+)?\s?([eEеЕ]|[·×x*]\s?10\^?)\+?\d+|\+?\d{5,}[.,]0+|-\d{5,}"
    r"|\d{1,3}(?:[ .'\xa0\u202f]\d{3})+[.,]0{1,2}|\d{1,3}(?:[,']\d{3}){2,}(?:\.0+)?|.*[$€₽£%].*"
)

LARGEST = frozenset(("2147483647", "4294967295", "9223372036854775807", "-2147483648"))
"""Наибольшие целые: столбец базы данных был для телефона мал."""

_ROUNDED = re.compile(r"\d{5,}00000")
_MASK = re.compile(r"\*{2,}|[•●]{2,}")
_MASK_OF_DIGITS = re.compile(r"\*{2,}|[•●]{2,}|[xXхХ]{3,}")
_ADDRESS = re.compile(r"<?(?:mailto:)?[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+>?")
_DECIMALS = re.compile(r"\d[.,]0+")
_LONG_NUMBER = re.compile(r"\+?(?:[() -]*\d){10,}")
_MIXED = re.compile("[A-Za-zÀ-ɏ][Ͱ-ԯ]|[Ͱ-ԯ][A-Za-zÀ-ɏ]")
_INVERTED = re.compile(r"(?<!\w)[а-яёіїєґў][А-ЯЁІЇЄҐЎ]{2,}")
# Домен из одной метки, метка из одних цифр в конце, чужая кавычка в начале; «?» на месте знака,
# которого не записали, «+» его кодом в URL, многоточие, которым Google Groups закрывает имя.
_STRANGE = re.compile(r"['=].*|[^@]*@[^@.]*|.*\.\d+|[^@]*(?:\?|%2[Bb]).*|[^@]*\.{3}@.*")


def of_field(name: str, text: str) -> Kind | None:
    """Говорит, чем ячейка подозрительна для своего поля.

    Args:
        name: поле покупателя.
        text: непустая ячейка без внешних пробелов.
    """
    look = _LOOKS.get(name)
    return look(text) if look is not None else None


def _of_phone(text: str) -> Kind | None:  # noqa: PLR0911 — по виду на строку
    if _NUMBER.fullmatch(text) or text in LARGEST:
        return Kind.NUMBER_IN_PHONE
    if text in TRUTH:
        return Kind.BOOLEAN_IN_PHONE
    if _MASK_OF_DIGITS.search(text):
        return Kind.MASKED
    if _ADDRESS.fullmatch(text) or not text.strip("0"):
        return Kind.OTHER_FIELD
    if _ROUNDED.fullmatch(text):
        return Kind.ROUNDED_NUMBER
    digits = sum(map(str.isdigit, text))
    # «нет» и «none» пишут люди; слова подлиннее и с прописной — уже чужой столбец.
    letters = sum(map(str.isalpha, text))
    if not digits and letters >= (_NAME if text[:1].isupper() else _WORDS):
        return Kind.PHONE_WITHOUT_DIGITS
    is_extended = any(map(str.isalpha, text)) or "#" in text
    return Kind.SEVERAL_PHONES if digits > _MOST_DIGITS and not is_extended else None


def _of_email(text: str) -> Kind | None:
    if "*" in text or _MASK.search(text):
        return Kind.MASKED
    if _MIXED.search(text):
        return Kind.MIXED_ALPHABETS
    # Прочее отклонит правило.
    is_address = text.count("@") == 1 and " " not in text
    return Kind.STRANGE_EMAIL if is_address and _STRANGE.fullmatch(text) else None


def _of_name(text: str) -> Kind | None:
    if text in TRUTH and text not in _NAMES_OF_TRUTH:
        return Kind.BOOLEAN
    if _MASK.search(text):
        return Kind.MASKED
    if _ADDRESS.fullmatch(text) or not any(map(str.isalpha, text)):
        return Kind.OTHER_FIELD
    return _of_letters(text)


def _of_country(text: str) -> Kind | None:
    if text in TRUTH:
        return Kind.BOOLEAN
    is_code = re.fullmatch(r"(?!0+$)\d{1,3}", text) is not None  # ISO 3166-1, цифровой код
    if "@" in text or not (is_code or any(map(str.isalpha, text)) or text in "—-"):
        return Kind.OTHER_FIELD
    return _of_letters(text)


def _of_gender(text: str) -> Kind | None:
    if text in TRUTH:
        return Kind.BOOLEAN
    # ISO/IEC 5218 знает по цифре на пол.
    if "@" in text or (sum(map(str.isdigit, text)) > 1 and not _DECIMALS.fullmatch(text)):
        return Kind.OTHER_FIELD
    return _of_letters(text)


def _of_address(text: str) -> Kind | None:
    if text in TRUTH:
        return Kind.BOOLEAN
    # Нулём бывает текст формулы в .xls, которого библиотека не прочла.
    if _ADDRESS.fullmatch(text) or _LONG_NUMBER.fullmatch(text) or not text.strip("0"):
        return Kind.OTHER_FIELD
    return Kind.CUT_TEXT if len(text) == _LONGEST_TEXT else None


def _of_letters(text: str) -> Kind | None:
    if _MIXED.search(text):
        return Kind.MIXED_ALPHABETS
    return Kind.INVERTED_CASE if _INVERTED.search(text) else None


_LOOKS: Mapping[str, Callable[[str], Kind | None]] = {
    "name": _of_name,
    "email": _of_email,
    "gender": _of_gender,
    "country": _of_country,
    "address": _of_address,
    "phone": _of_phone,
}
