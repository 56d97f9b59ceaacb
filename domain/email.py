"""Адрес электронной почты: нормальная форма и правило WHATWG, расширенное до RFC 6531."""

import re
import unicodedata

from domain.text import normal_text

# WHATWG HTML, «valid email address»: https://html.spec.whatwg.org/#valid-e-mail-address
# Нормальная форма строчная, поэтому прописных букв здесь нет.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_IS_LABEL = re.compile(_LABEL)
_IS_ADDRESS = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")

# RFC 6531, 3.3 допускает не только ASCII. Здесь это буквы, знаки при буквах и цифры любого
# письма: категории класса LetterDigits (RFC 5892, 2.1).
_LETTER_DIGITS = frozenset({"Ll", "Lu", "Lo", "Lm", "Mn", "Mc", "Nd"})

# Из них не годятся те, которых не видно (Default_Ignorable_Code_Point, DerivedCoreProperties.txt):
# с ними один с виду адрес был бы двумя. RFC 5892, 2.3 исключает их раньше, чем смотрит на 2.1.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)

_PUNYCODE_PREFIX = "xn--"  # RFC 5890, 2.3.2.1
_MAX_LABEL = 63  # RFC 1035, 2.3.4: октетов в метке домена, то есть в её записи punycode


def normal_email(address: str) -> str:
    """Приводит адрес к виду, в котором он хранится и сравнивается.

    NFC, без внешних пробелов, строчными буквами, метки домена в Unicode, а не в punycode.
    Определена для любой строки: неверный адрес остаётся неверным. Повторное применение
    ничего не меняет.
    """
    address = normal_text(normal_text(address).lower())
    local, at, domain = address.rpartition("@")
    if _PUNYCODE_PREFIX not in domain:
        return address
    return local + at + ".".join(map(_unicode_label, domain.split(".")))


def is_email(address: str) -> bool:
    """Говорит, верен ли адрес, уже приведённый к нормальной форме."""
    if address.isascii():
        return _IS_ADDRESS.fullmatch(address) is not None
    if not _IS_ADDRESS.fullmatch(_latinised(address)):
        return False
    domain = address.rpartition("@")[2]
    return all(len(_ascii_label(label)) <= _MAX_LABEL for label in domain.split("."))


def _latinised(text: str) -> str:
    """Ставит ``a`` вместо букв и цифр прочих письменностей: остальное решит правило WHATWG."""
    return "".join("a" if _is_foreign_letter(char) else char for char in text)


def _is_foreign_letter(char: str) -> bool:
    return (
        not char.isascii()
        and unicodedata.category(char) in _LETTER_DIGITS
        and _IGNORABLE.match(char) is None
    )


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    return _PUNYCODE_PREFIX + label.encode("punycode").decode("ascii")


def _unicode_label(label: str) -> str:
    """Раскрывает punycode, если метка — верная запись букв; иначе она остаётся как есть."""
    if not label.startswith(_PUNYCODE_PREFIX) or not _IS_LABEL.fullmatch(label):
        return label
    try:
        decoded = label.removeprefix(_PUNYCODE_PREFIX).encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    is_canonical = (
        _IS_LABEL.fullmatch(_latinised(decoded)) is not None
        and normal_text(decoded.lower()) == decoded
        and _ascii_label(decoded) == label
    )
    return decoded if is_canonical else label
