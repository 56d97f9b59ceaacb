"""Ошибки предметной области.

Слова для человека живут в ``entrypoints.texts``; здесь только устойчивые коды.
В ``str(error)`` нет личных данных: такая строка может попасть в журнал.
"""

from collections.abc import Mapping, Sequence

import attrs


class DomainError(Exception):
    """Отказ, который имеет смысл для того, кто регистрирует покупателя."""


@attrs.frozen
class BrokenRule:
    """Одно нарушенное правило.

    Attributes:
        field: имя поля покупателя, например ``email``, или другого, в котором ошибка.
        code: устойчивый код правила, например ``too_long``.
        limits: границы правила для текста ошибки, например ``{"max": 100}``.
    """

    field: str
    code: str
    limits: Mapping[str, int] = attrs.field(factory=dict)


class InvalidCustomerError(DomainError):
    """Данные покупателя нарушают правила.

    Attributes:
        broken_rules: все нарушения сразу, в порядке полей покупателя; не пуст.
    """

    def __init__(self, broken_rules: Sequence[BrokenRule]) -> None:
        self.broken_rules = tuple(broken_rules)
        super().__init__(", ".join(f"{rule.field}: {rule.code}" for rule in self.broken_rules))


class EmailAlreadyRegisteredError(DomainError):
    """Покупатель с таким адресом уже есть.

    Attributes:
        email: адрес из отклонённой команды в нормальной форме.
        customer_id: номер того, кто уже есть, если хранилище его знает; показать его можно
            только оператору.
    """

    def __init__(self, email: str, customer_id: int | None = None) -> None:
        self.email = email
        self.customer_id = customer_id
        super().__init__("email is already registered")
