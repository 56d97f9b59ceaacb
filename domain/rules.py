"""Правила отдельных полей: проверить значение и привести его к нормальной форме.

Типы строги: приведения ``"33"`` к числу нет, а ``True`` не число (JSON различает их, хотя
в Python ``bool`` — подкласс ``int``).
"""

from datetime import UTC, datetime
from typing import Protocol

from attrs import field, frozen

from domain import email
from domain import text as texts
from domain.characters import has_control_characters, has_direction_controls, is_blank


class RuleBrokenError(Exception):
    """Значение нарушает правило; имя поля знает тот, кто правило применил."""

    def __init__(self, code: str, **limits: int) -> None:
        self.code = code
        self.limits = limits
        super().__init__(code)


class Rule(Protocol):
    """Правило поля."""

    def __call__(self, value: object) -> object:
        """Возвращает значение в нормальной форме.

        Raises:
            RuleBrokenError: значение нарушает правило.
        """
        ...


@frozen
class Text:
    """Текст до ``max_length`` знаков после приведения к нормальной форме.

    Пустой необязательный текст — это ``None``, пустой обязательный — ошибка. Пуст и тот, в котором
    ничего не видно.

    Attributes:
        max_length: предел длины в знаках.
        required: текст обязателен.
        folds_lines: переводы строк и табуляция не ошибка: строки складываются в одну.
    """

    max_length: int
    required: bool = field(default=False, kw_only=True)
    folds_lines: bool = field(default=False, kw_only=True)

    def __call__(self, value: object) -> str | None:
        """Возвращает текст в нормальной форме или ``None``, если его нет."""
        # Самый частый текст: печатаемые знаки ASCII, латиница, кириллица; кроме пробелов снаружи,
        # править в нём нечего. ASCII узнаётся здесь: вызов на каждое поле дороже самого правила.
        if type(value) is str and len(value) <= self.max_length:
            is_ascii = value.isascii() and value.isprintable()
            if is_ascii or texts.is_usual(value):
                text = value.strip()
                if text or not self.required:
                    return text or None
        text = _raw_text(value, self.max_length, texts.SHRINKS)
        if self.folds_lines and not text.isprintable():
            text = texts.one_line(text)
        text = texts.composed(text)
        if not text and not self.required:
            return None
        _check_text(text, self.max_length)
        return text


@frozen
class Email:
    """Обязательный адрес электронной почты до ``max_length`` знаков в нормальной форме.

    Не длиннее и то, по чему его сравнивают.
    """

    max_length: int

    def __call__(self, value: object) -> str:
        """Возвращает адрес в нормальной форме."""
        # Самый частый адрес: нормальная форма — он же строчными буквами, и сверить его надо раз.
        if type(value) is str and len(value) <= self.max_length and value.isascii():
            address = value.lower()
            if email.is_usual(address):
                return address
        address = email.normal_email(_raw_text(value, self.max_length, email.SHRINKS))
        _check_text(address, self.max_length)
        if not address.isascii():
            _check_marks(address, self.max_length)  # у строчной их бывает больше, чем у прописной
        if not email.is_email(address):
            raise RuleBrokenError("invalid_email")
        if not address.isascii() and len(email.compared_email(address)) > self.max_length:
            raise RuleBrokenError("too_long", max=self.max_length)  # одна ﷺ — это восемнадцать букв
        return address


@frozen
class WholeNumber:
    """Необязательное целое от ``minimum`` до ``maximum`` включительно."""

    minimum: int
    maximum: int

    def __call__(self, value: object) -> int | None:
        """Возвращает число или ``None``, если его нет."""
        if type(value) is int and self.minimum <= value <= self.maximum:
            return value  # обычное число — одной проверкой
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            if isinstance(value, str) and is_blank(value):
                return None  # незаполненное поле формы, как и у необязательного текста
            raise RuleBrokenError("not_a_whole_number")
        if not self.minimum <= value <= self.maximum:
            raise RuleBrokenError("out_of_range", min=self.minimum, max=self.maximum)
        return int(value)  # подкласс int (IntEnum) писал бы себя иначе, чем число


def past_moment(value: object, now: datetime) -> datetime:
    """Возвращает данное время в UTC, до микросекунды.

    Args:
        value: время с поясом.
        now: который час; позже него время быть не может.

    Raises:
        RuleBrokenError: это не время, у него нет пояса, или оно ещё не наступило.
    """
    if not isinstance(value, datetime):
        raise RuleBrokenError("not_a_time")
    if value.utcoffset() is None:
        raise RuleBrokenError("no_time_zone")
    try:
        moment = value.astimezone(UTC)
    except OverflowError:  # 0001 или 9999 год, а в UTC — уже соседний
        raise RuleBrokenError("not_a_time") from None
    if moment > now:
        raise RuleBrokenError("in_the_future")
    return moment


def _raw_text(value: object, max_length: int, shrinks: int) -> str:
    """Возвращает данный текст, если его нормальная форма ещё может уложиться в предел.

    Остальным не занимаются: из 16 КиБ, которые дорого приводить к нормальной форме, ничего верного
    не выйдет.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RuleBrokenError("not_text")
    if len(value) > shrinks * max_length:
        value = texts.trimmed(value)
        if len(value) > shrinks * max_length:
            raise RuleBrokenError("too_long", max=max_length)
    if not value.isascii():
        _check_marks(value, max_length)
    return value


def _check_marks(text: str, max_length: int) -> None:
    if not (classes := texts.combining_classes(text)):
        return
    if texts.longest_run(classes) > texts.MAX_NON_STARTERS:
        raise RuleBrokenError("too_many_marks", max=texts.MAX_NON_STARTERS)
    # С буквой NFC соединит не больше трёх знаков при ней; прочие останутся.
    if len(classes) - texts.SHRINKS * classes.count(0) > max_length:
        raise RuleBrokenError("too_long", max=max_length)


def _check_text(text: str, max_length: int) -> None:
    if not text:
        raise RuleBrokenError("required")
    # Печатаемые знаки не управляющие: обычный текст обходится без поиска.
    if not text.isprintable():
        _check_unprintable(text)
    if len(text) > max_length:
        raise RuleBrokenError("too_long", max=max_length)


def _check_unprintable(text: str) -> None:
    if has_control_characters(text):
        raise RuleBrokenError("control_character")
    if has_direction_controls(text):
        raise RuleBrokenError("direction_control")
