"""Фразы на двух языках: нарушенные правила и негодные строки загружаемого файла.

Слова видов отказов — в ``entrypoints.problem_catalogue``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """Язык ответа; значение — тег BCP 47."""

    RU = "ru"
    EN = "en"


class Phrase(NamedTuple):
    """Фраза на каждом из языков; в фигурных скобках — имена значений."""

    russian: str
    english: str

    def text(self, language: Language, values: Mapping[str, object]) -> str:
        """Возвращает фразу с её значениями.

        Raises:
            KeyError: фразе не хватает значения.
        """
        phrase = self.russian if language is Language.RU else self.english
        return phrase.format_map(values)


_RULES: dict[str, Phrase] = {
    # Правила полей (domain.rules).
    "required": Phrase("Обязательное поле", "This field is required"),
    "not_text": Phrase("Должно быть текстом", "Must be text"),
    "not_a_whole_number": Phrase("Должно быть целым числом", "Must be a whole number"),
    "too_long": Phrase("Не длиннее {max} знаков", "Must be at most {max} characters long"),
    "out_of_range": Phrase("Должно быть от {min} до {max}", "Must be from {min} to {max}"),
    "control_character": Phrase(
        "Содержит управляющие знаки",
        "Must not contain control characters",
    ),
    "direction_control": Phrase(
        "Содержит невидимые знаки, которые меняют порядок букв",
        "Must not contain invisible characters that reorder the text",
    ),
    "too_many_marks": Phrase(
        "Не больше {max} знаков над буквой или под ней подряд",
        "Must not have more than {max} combining marks in a row",
    ),
    "invalid_email": Phrase(
        "Не похоже на адрес электронной почты",
        "Must be an e-mail address",
    ),
    # Единственность адреса (domain.errors).
    "email_taken": Phrase("Этот адрес уже занят", "This e-mail is taken"),
    # Тело запроса.
    "malformed_json": Phrase("Тело запроса — не JSON в UTF-8", "The body is not JSON in UTF-8"),
    "not_an_object": Phrase("Тело запроса — не объект JSON", "The body is not a JSON object"),
    "unknown_field": Phrase("Такого поля нет", "There is no such field"),
}

RULE_CODES = tuple(_RULES)
"""Коды, которыми названы нарушенные правила в ``errors`` ответа."""

# Строки загружаемого файла, не ставшие просьбой (adapters.csv).
_ROWS: dict[str, Phrase] = {
    "line_too_long": Phrase(
        "Строка слишком длинна, здесь только её начало",
        "The line is too long; only its beginning is here",
    ),
    "wrong_encoding": Phrase(
        "Строка не в той кодировке, что файл",
        "The line is not in the encoding of the file",
    ),
    "wrong_quoting": Phrase(
        "Кавычки не закрыты или не удвоены",
        "Quotation marks are not closed or not doubled",
    ),
    "wrong_number_of_cells": Phrase(
        "Ячеек {has}, а столбцов {wants}",
        "There are {has} cells for {wants} columns",
    ),
    "line_break": Phrase(
        "Перенос строки на месте знака {position}: значение занимает одну строку",
        "Has a line break as character {position}: a value is one line",
    ),
    "tab": Phrase("Табуляция на месте знака {position}", "Has a tab as character {position}"),
    "invisible_sign": Phrase(
        "Невидимый знак U+{sign:04X} на месте знака {position}",
        "Has the invisible character U+{sign:04X} as character {position}",
    ),
    "lost_digits": Phrase(
        "Число потеряло цифры: телефон хранят текстом",
        "The number has lost digits: a phone is kept as text",
    ),
    # Время регистрации (domain.rules.past_moment).
    "not_a_time": Phrase("Не похоже на время", "Must be a time"),
    "no_time_zone": Phrase("У времени нет пояса", "The time has no zone"),
    "in_the_future": Phrase("Это время ещё не наступило", "This time has not come yet"),
    "stored_with_other_data": Phrase(
        "Прежняя загрузка записала эту строку с другими данными",
        "An earlier import stored this line with other data",
    ),
}

_TEXTS = _RULES | _ROWS


def text(code: str, language: Language, values: Mapping[str, object]) -> str:
    """Возвращает фразу для кода нарушенного правила или негодной строки.

    Raises:
        KeyError: такого кода здесь нет или фразе не хватает значения.
    """
    return _TEXTS[code].text(language, values)
