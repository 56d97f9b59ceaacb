"""Исправление ячейки: только то, в чём ошибиться нельзя."""

import re

# «'+7…», «'=…», «'18/2»: имя с апострофа начинается, но знака таблиц за ним не бывает. С
# апострофом и в конце телефон в кавычках, а не за заслоном.
_GUARDED = re.compile(r"'(?=[=+\-@\t\r])(?!\+?[\d() -]*'$)|'(?=\d[\d() ./-]*$)")
_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_DECIMALS = re.compile(r"(\d{1,3})[.,]0+")

# Знаки, которых не видно. Соединяющие и разделяющие буквы нужны персидскому, хинди, кхмерскому
# (The Unicode Standard, 9.2, 12.1, 23.2) и эмодзи, но не латинице с кириллицей; мягкий перенос и
# пробелы особой ширины в данных покупателя не значат ничего.
_NEEDED_BESIDE = (
    "[\u0590-\u1cff\u2190-\u2bff\ua800-\uabff\ufb1d-\ufe0f\ufe70-\ufefc\U00010000-\U0010ffff]"
)
_INVISIBLE = re.compile(
    f"[\xad\ufeff\u2060]|(?<!{_NEEDED_BESIDE})[\u200b-\u200f\u061c\u180e](?!{_NEEDED_BESIDE})"
)
_SPACES = re.compile("[\xa0\u2000-\u200a\u2028\u2029\u202f\u205f]")
# Так переносит строку внутри ячейки Numbers; в адресе перенос значит своё (domain.rules).
_LINE_SEPARATORS = re.compile("[\u2028\u2029]")
_BARE = r"[^\s<>@,;\"]+@[^\s<>@,;\"?]+"
_ADDRESS = re.compile(
    rf"(?:mailto:)?({_BARE})(?:\?[^\s<>]*)?|[^<>@]*<(?:mailto:)?({_BARE})>", re.IGNORECASE
)
# ``p:`` пишет выгрузка заявок Facebook.
_SCHEME = re.compile(r"(?:tel|callto|phone|p):\s*(?=[+(]?\d)", re.IGNORECASE)


def without_guard(cell: str) -> str:
    """Снимает то, чем ячейку заслоняют от таблиц: апостроф или ``="…"``."""
    if formula := _FORMULA.fullmatch(cell):
        return formula[1].replace('""', '"')
    return cell[1:] if _GUARDED.match(cell) else cell


def whole_number(text: str) -> str | None:
    """Возвращает целое без дробной части из нулей; ``None`` — такой в тексте нет."""
    whole = _DECIMALS.fullmatch(text)
    return whole[1] if whole else None


def without_odd_signs(name: str, cell: str) -> str:
    """Снимает невидимые знаки внутри текста; пробел особой ширины становится простым.

    Адреса электронной почты это не касается: неверный отклонит правило.
    """
    if name == "email":
        return cell
    text = cell.strip()
    plain = _INVISIBLE.sub("", text)
    if name == "address":
        plain = _LINE_SEPARATORS.sub("\n", plain)
    plain = _SPACES.sub(" ", plain)
    return cell if plain == text else plain


def unwrapped(name: str, cell: str) -> str:
    """Снимает то, во что завёрнут адрес (``mailto:``, имя и угловые скобки) или телефон."""
    if name == "email" and (":" in cell or "<" in cell):
        found = _ADDRESS.fullmatch(cell.strip())
        return found[1] or found[2] if found else cell
    return _SCHEME.sub("", cell, count=1) if name == "phone" and _SCHEME.match(cell) else cell
