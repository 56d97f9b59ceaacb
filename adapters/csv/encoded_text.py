"""Знаки, записанные своими кодами: MIME, URL, JSON, HTML, base64, UTF-7 и подобное."""

import base64
import html
import re

# RFC 2047, 2; RFC 2045, 6.7; RFC 3986, 2.1; RFC 8259, 7; знаки кодом — как у R (``<U+0418>``),
# JavaScript (``%u0418``), Python и bash (``\xd0\x98``, ``\320\230``), книги (``_x000D_``:
# ECMA-376, 22.9.2.19), шестнадцатеричные байты — как у PostgreSQL и MySQL.
_CODES = re.compile(
    r"=\?[\w-]+\?[BbQq]\?|(?:=[89A-F][0-9A-F]){2}|(?<=[A-Za-z])=(?:20|2C|3D|[89A-F][0-9A-F])|=\r?\n"
    r"|(?:%[89A-Fa-f][0-9A-Fa-f]){2}|(?<=[A-Za-z])%(?:2[0C7]|40|[89A-F][0-9A-F])"
    r"|%u[0-9A-Fa-f]{4}|\\u\{?[0-9A-Fa-f]{4}|<U\+[0-9A-F]{4,6}>|_x[0-9A-F]{4}_"
    r"|(?:\\x[0-9A-Fa-f]{2}){2}|(?:\\[0-3][0-7]{2}){2}|[\\0]x(?:[0-9A-Fa-f]{2}){6}"
)
_ENTITY = re.compile(r"&#?\w{2,31};")
# Имя метки кончают пробел, косая черта или скобка (HTML, 13.2.5.8): ``<a.smith@…>`` — адрес.
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h\d|i|img|li|p|span|strong|td|tr|u|ul)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
# RFC 4648, 4. Без цифр и знаков такое слово — обычное имя.
_BASE64 = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9+/=])(?:[A-Za-z0-9+/]{4}){2,}[A-Za-z0-9+/=]*")
# RFC 2152: первая буква говорит, что знак младше U+1000.
_UTF_7 = re.compile(r"\+([A-D][A-Za-z0-9+/]{2,})(-?)")
_LONG = 6  # знаков UTF-7, которые уже не случайность, и не кончись они дефисом
_LATER = "\u0600"  # раньше стоят латиница, греческий, кириллица и армянский


def is_html(text: str) -> bool:
    """Говорит, записаны ли знаки так, как в HTML."""
    entities = (found[0] for found in _ENTITY.finditer(text))
    return any(html.unescape(one) != one for one in entities) or _TAG.search(text) is not None


def is_encoded(text: str) -> bool:
    """Говорит, записаны ли буквы своими кодами."""
    return _CODES.search(text) is not None or _is_base64(text) or _is_utf_7(text)


def _is_base64(text: str) -> bool:
    if len(text) % 4 or not _BASE64.fullmatch(text):
        return False
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except ValueError:
        return False
    return plain.isprintable()


def _is_utf_7(text: str) -> bool:
    for found in _UTF_7.finditer(text):
        try:
            letters = f"+{found[1]}-".encode().decode("utf-7")
        except UnicodeDecodeError:
            continue
        is_whole = bool(found[2]) or len(found[1]) >= _LONG
        if is_whole and all("\x7f" < sign < _LATER and sign.isalpha() for sign in letters):
            return True
    return False
