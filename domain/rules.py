"""Правила отдельных полей: проверить значение и привести его к нормальной форме.

Типы строги: приведения ``"33"`` к числу нет, а ``True`` не число (JSON различает их, хотя
в Python ``bool`` — подкласс ``int``).
"""

from typing import Protocol

from attrs import field, frozen

from domain.email import is_email, normal_email
from domain.text import has_control_characters, normal_text


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

    Пустой необязательный текст — это ``None``, пустой обязательный — ошибка.
    """

    max_length: int
    required: bool = field(default=False, kw_only=True)

    def __call__(self, value: object) -> str | None:
        """Возвращает текст в нормальной форме или ``None``, если его нет."""
        text = normal_text(_as_text(value))
        if not text and not self.required:
            return None
        _check_text(text, self.max_length)
        return text


@frozen
class Email:
    """Обязательный адрес электронной почты до ``max_length`` знаков в нормальной форме."""

    max_length: int

    def __call__(self, value: object) -> str:
        """Возвращает адрес в нормальной форме."""
        address = normal_email(_as_text(value))
        _check_text(address, self.max_length)
        if not is_email(address):
            raise RuleBrokenError("invalid_email")
        return address


@frozen
class WholeNumber:
    """Необязательное целое от ``minimum`` до ``maximum`` включительно."""

    minimum: int
    maximum: int

    def __call__(self, value: object) -> int | None:
        """Возвращает число или ``None``, если его нет."""
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            if isinstance(value, str) and not normal_text(value):
                return None  # незаполненное поле формы, как и у необязательного текста
            raise RuleBrokenError("not_a_whole_number")
        if not self.minimum <= value <= self.maximum:
            raise RuleBrokenError("out_of_range", min=self.minimum, max=self.maximum)
        return int(value)  # подкласс int (IntEnum) писал бы себя иначе, чем число


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RuleBrokenError("not_text")
    return value


def _check_text(text: str, max_length: int) -> None:
    if not text:
        raise RuleBrokenError("required")
    if has_control_characters(text):
        raise RuleBrokenError("control_character")
    if len(text) > max_length:
        raise RuleBrokenError("too_long", max=max_length)
