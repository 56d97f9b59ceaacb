"""Адрес электронной почты: нормальная форма, что считается одним адресом, и правило WHATWG.

Правило расширено до RFC 6531. Почему сравнивается не то, что хранится, говорит
docs/decisions/0031-one-mailbox.md.
"""

import re
from unicodedata import category, normalize

from domain import punycode
from domain.characters import ASCII_WHITE_SPACE, IGNORABLE
from domain.repertoire import is_in_repertoire
from domain.text import normal_text

# WHATWG HTML, «valid email address»: https://html.spec.whatwg.org/#valid-e-mail-address
# Нормальная форма строчная, поэтому прописных букв здесь нет.
# Метка: от одного до 63 знаков. Без возвратов (``++``) сверяется быстрее.
_LABEL = r"(?![^.]{64})[a-z0-9]++(?:-++[a-z0-9]++)*+"
_IS_LABEL = re.compile(_LABEL)
_IS_ADDRESS = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]++@{_LABEL}(?:\.{_LABEL})*+")

# RFC 6531, 3.3 допускает не только ASCII. Здесь это буквы, знаки при буквах и цифры любого
# письма: категории класса LetterDigits (RFC 5892, 2.1).
_LETTER_DIGITS = frozenset({"Ll", "Lu", "Lo", "Lm", "Mn", "Mc", "Nd"})

# Из них не годятся те, которых не видно: с ними один с виду адрес был бы двумя. RFC 5892, 2.3
# исключает их раньше, чем смотрит на 2.1.
_INVISIBLE = re.compile(f"[{IGNORABLE}]")

_PUNYCODE_PREFIX = "xn--"  # RFC 5890, 2.3.2.1
_MAX_LABEL = 63  # RFC 1035, 2.3.4: октетов в метке домена, то есть в её записи punycode
_MAX_DOMAIN = 253  # там же: 255 октетов вместе с длинами меток, то есть 253 знака

MAX_LENGTH = 100
"""Знаков в адресе, не больше; столько же и в том, по чему его сравнивают."""

SHRINKS = 5
"""Во столько раз нормальная форма бывает короче адреса: метка ``xn--…`` с точкой — это до десяти
знаков, а буква, которую она записывает, с точкой — два."""


def is_usual(address: str) -> bool:
    """Говорит, что строчный адрес верен и уже в нормальной форме: весь из ASCII, без punycode."""
    return _PUNYCODE_PREFIX not in address and _IS_ADDRESS.fullmatch(address) is not None


def normal_email(address: str) -> str:
    """Приводит адрес к виду, в котором он хранится и в котором на него пишут.

    NFC, без внешних пробелов, строчными буквами, метки домена в Unicode, а не в punycode.
    Определена для любой строки: неверный адрес остаётся неверным. Повторное применение
    ничего не меняет.
    """
    if address.isascii():
        address = address.strip(ASCII_WHITE_SPACE).lower()
    else:
        address = normal_text(normal_text(address).lower())  # составной бывает и строчная буква
    local, at, domain = address.rpartition("@")
    return local + at + _unicode_domain(domain)


def compared_email(address: str) -> str:
    """Возвращает то, по чему адрес сравнивается: у адресов одного ящика оно одно.

    Часть до «@» — без регистра (The Unicode Standard, D145), домен — ещё и без разницы, которую
    стирает NFKC (D146): буквы, что от этого меняются, в домене не значат ничего своего (RFC 5892,
    2.2). Повторное применение ничего не меняет.

    Args:
        address: адрес в нормальной форме. Неверный или слишком длинный сравнивается, как он есть.
    """
    if address.isascii() or len(address) > MAX_LENGTH or not is_email(address):
        return address
    local, at, domain = address.rpartition("@")
    return normalize("NFC", _folded(local)) + at + _compared_domain(domain)


def is_email(address: str) -> bool:
    """Говорит, верен ли адрес, уже приведённый к нормальной форме."""
    if not _matches(_IS_ADDRESS, address):
        return False
    domain = address.rpartition("@")[2]
    return domain.isascii() or all(map(_fits_label, domain.split(".")))


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    """Сверяет с правилом WHATWG, для которого буквы и цифры прочих письменностей — тоже буквы."""
    if not text.isascii():
        if _INVISIBLE.search(text):
            return False
        text = "".join(["a" if _is_foreign_letter(char) else char for char in text])
    return pattern.fullmatch(text) is not None


def _is_foreign_letter(char: str) -> bool:
    return not char.isascii() and category(char) in _LETTER_DIGITS and is_in_repertoire(char)


def _fits_label(label: str) -> bool:
    # На знак приходится от одного октета до семи: короткую и длинную метку записывать незачем.
    room = _MAX_LABEL - len(_PUNYCODE_PREFIX)
    if label.isascii() or len(label) * 7 < room:
        return True
    return len(label) <= room and len(punycode.encode(label)) <= room


def _folded(text: str) -> str:
    """Складывает регистр (CaseFolding.txt, C и F), не трогая ß: RFC 5892, 2.6 отличает его от ss.

    NFD — прежде: иначе знаки, которые стояли у буквы с подписной йотой, достались бы йоте.
    """
    kept = normalize("NFD", text).replace("ẞ", "ß").split("ß")
    return "ß".join([part.casefold() for part in kept])


def _compared_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    while True:
        # Дважды: NFKC открывает и прописные (D146). Открывает она и punycode, а тот — новые буквы.
        folded = normalize("NFKC", _folded(normalize("NFKC", _folded(domain))))
        if (folded := _unicode_domain(folded)) == domain:
            return folded
        domain = folded


def _unicode_domain(domain: str) -> str:
    if _PUNYCODE_PREFIX not in domain or len(domain) > _MAX_DOMAIN:
        return domain
    return ".".join(map(_unicode_label, domain.split(".")))


def _unicode_label(label: str) -> str:
    """Раскрывает punycode, если метка — верная запись букв; иначе она остаётся как есть."""
    if not label.startswith(_PUNYCODE_PREFIX) or not _IS_LABEL.fullmatch(label):
        return label
    try:
        decoded = punycode.decode(label.removeprefix(_PUNYCODE_PREFIX))
    except ValueError:
        return label
    is_normal = _matches(_IS_LABEL, decoded) and normal_text(decoded.lower()) == decoded
    return decoded if is_normal else label
