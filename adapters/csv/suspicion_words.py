"""Слова, которыми инструменты пишут, что значения нет, и сообщения таблиц об ошибке."""

import re

# Как пишут инструменты, буква в букву: покупателя зовут и Null. В скобках — сводные таблицы.
NULL_WORDS = (
    frozenset(("\\N", "\\\\N", "NULL", "null", "(null)", "(NULL)", "[NULL]", "[null]", "<NULL>"))
    | frozenset(("<null>", "<nil>", "nil", "None", "undefined", "'NULL'", '"NULL"', "NULL::text"))
    | frozenset(("NA", "<NA>", "N/A", "n/a", "nan", "NaN", "-nan", "NaT", "NA_character_"))
    | frozenset(("(blank)", "(empty)", "(пусто)", "(leer)", "(vide)"))
)
"""Слова, которые во всю ячейку значат, что значения нет."""

PROGRAM_WORDS = frozenset(("Array", "Object"))
"""Так PHP и JavaScript печатают то, что не текст."""

_INSIDE = re.compile(r"(?:^|[\s,;(])(null|NULL|undefined|NaN)(?=[\s,;)]|$)")
# «None» бывает и городом в Италии, а «nan» строчными — именем, когда всё остальное тоже строчное.
_LAST_IN_NAME = re.compile(r"\w (?:None|nan)$")

# «#ИМЯ?», «#DIV/0!», «#¿NOMBRE?», «#WERT!»; без знака в конце — «нет данных» разных языков.
_ERROR = re.compile(
    r"#[¡¿]?[^\W\d_]{2,12}(?:/0)?[!?]|#(?:N/A|N/D|N/B|Н/Д|NV|YOK|I/T|GETTING_DATA)|Err:\d{3}"
)
_HASHES = re.compile("#{3,}")
_NARROW = re.compile(r"\d(?:[.,]\d+)?E\+\d\d+")
# Склеенное из того, чего нет: «nan nan», «None, None», «, , ».
_NOTHING = r"(?:null|NULL|Null|nan|NaN|None|undefined)"
_NOTHINGS = re.compile(rf"{_NOTHING}(?:[\s,;]+{_NOTHING})+")
_SEPARATORS = re.compile(r"[\s,;]*,[\s,;]*")
_NAN_IN_ADDRESS = re.compile(r", nan(?=,|$)")
_NOT_A_NAME = frozenset(("Null",))  # так пишет Tableau, а в имени это имя

# Формула вместо её значения: число, текст, функция, ячейка; имя с «=» бывает.
_FORMULA = re.compile(
    r"=\s*(?:[-+]?[\d('\"+]|[^\W\d_][\w.]*\(|(?:[^!=]*!)?\$?[A-Za-z]{1,3}\$?\d).*", re.DOTALL
)


def is_null_word(name: str, text: str) -> bool:
    """Говорит, написано ли в ячейке, что значения нет, — всей ей или частью её.

    Args:
        name: поле покупателя.
        text: ячейка без внешних пробелов.
    """
    if text in NULL_WORDS or (text in _NOT_A_NAME and name in ("phone", "gender", "country")):
        return True
    if _NOTHINGS.fullmatch(text) or (name == "address" and _SEPARATORS.fullmatch(text)):
        return True
    if name not in ("name", "address"):
        return False
    found = _INSIDE.search(text)
    if name == "address":
        return found is not None or _NAN_IN_ADDRESS.search(text) is not None
    if not text.islower() and _LAST_IN_NAME.search(text):
        return True
    # JENNIFER NULL — покупательница, а Jennifer NULL — имя без фамилии.
    rest = _INSIDE.sub(" ", text)
    return found is not None and (found[1] in ("undefined", "NaN") or not _is_like(rest, found[1]))


def _is_like(rest: str, word: str) -> bool:
    return rest.isupper() if word.isupper() else rest.islower()


def is_spreadsheet_error(text: str) -> bool:
    """Говорит, ошибка ли это формулы."""
    return _ERROR.fullmatch(text) is not None and (text.startswith("E") or text == text.upper())


def is_hidden_number(name: str, text: str) -> bool:
    """Говорит, так ли таблица показывает число, когда столбец узок: решётками или степенью.

    О степени в телефоне сказано отдельно.
    """
    is_narrow = name != "phone" and _NARROW.fullmatch(text) is not None
    return is_narrow or _HASHES.fullmatch(text) is not None


def is_formula(name: str, text: str) -> bool:
    """Говорит, формула ли это, а не её значение; телефон с «=» не начинается никогда."""
    if not text.startswith("="):
        return False
    return name == "phone" or (name != "email" and _FORMULA.fullmatch(text) is not None)
