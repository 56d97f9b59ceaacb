"""Свойства знаков Unicode, которых нет в ``unicodedata``: классы для регулярных выражений.

Списки закрытые: новая версия Unicode их почти не меняет, а если изменит, об этом скажет тест.
"""

import re

# White_Space, PropList.txt. Шире, чем у str.strip(), не нужно: там ещё и управляющие U+001C–U+001F,
# а они ошибка, а не пробел.
WHITE_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

ASCII_WHITE_SPACE = "\t\n\v\f\r "

# Default_Ignorable_Code_Point, DerivedCoreProperties.txt: знаки, которых не видно.
IGNORABLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)

# Не видно и их, хотя свойства Default_Ignorable_Code_Point у них нет: границы подстрочника (The
# Unicode Standard, 23.8), знаки, которым рисовать нечего (пустые клетки Брайля и иероглифов, нота
# без головки, заполнители и соединители письма), и коды, которые знаками не станут (там же, 23.7).
_BLANK = (
    "\ufff9-\ufffb\u2800\U0001107f\U00013430-\U0001343f\U00013441\U00013442\U00016fe4\U0001bc9d"
    "\U0001d159\ufdd0-\ufdef"
    + "".join(chr(plane | 0xFFFE) + chr(plane | 0xFFFF) for plane in range(0, 0x110000, 0x10000))
)

# Cf из IGNORABLE и границы подстрочника: в начале и в конце текста они ничего не значат. Здесь нет
# знаков-меток (U+E0001, U+E0020–U+E007F): ими кончаются флаги из эмодзи, — и тех, что
# перевёртывают текст (U+202D, U+202E): они ошибка, где бы ни стояли.
OUTER_FORMAT = (
    "\xad\u061c\u180e\u200b-\u200f\u202a-\u202c\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)

_VISIBLE = re.compile(f"[^{WHITE_SPACE}{IGNORABLE}{_BLANK}]")

# Категории Cc и Cs: управляющие знаки (NUL в их числе) и половинки суррогатных пар.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# Bidi_Control (PropList.txt) без U+061C, U+200E и U+200F: те лишь помогают соседям встать верно, а
# эти меняют порядок чужих знаков, и прочтут не то, что записано (UAX #9, 2; UTS #55).
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def is_blank(text: str) -> bool:
    """Говорит, что в тексте нет ни одного видимого знака; управляющие знаки — не пустота."""
    return _VISIBLE.search(text) is None


def has_control_characters(text: str) -> bool:
    """Говорит, есть ли в тексте управляющие знаки или одиночные суррогаты."""
    return _CONTROL.search(text) is not None


def has_direction_controls(text: str) -> bool:
    """Говорит, есть ли в тексте знаки, которые переставляют другие знаки."""
    return _DIRECTION.search(text) is not None
