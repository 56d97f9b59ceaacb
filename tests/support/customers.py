"""Покупатели, которыми пользуются тесты."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from domain.customer import NewCustomer

REGISTERED_AT = datetime(2026, 2, 11, 13, 45, tzinfo=UTC)
LATER_AT = datetime(2026, 2, 11, 13, 46, 1, 7, tzinfo=UTC)

IVAN: dict[str, Any] = {
    "name": "Ivan Ivanov",
    "email": "ivan.ivanov@example.ru",
    "age": 33,
    "gender": "Male",
    "country": "Russia",
    "address": "Russia, Orsk, Molodezhnaya St., 18 apartment 6",
    "phone": "+7(921)345-19-48",
}


def new_customer(**changes: Any) -> NewCustomer:  # noqa: ANN401 — значения и неверных типов тоже
    """Строит Ивана, в котором изменены названные поля."""
    return NewCustomer(**{**IVAN, "registered_at": REGISTERED_AT, **changes})


def emails() -> st.SearchStrategy[str]:
    """Верные адреса разного письма и регистра."""
    letters = st.text("abcXYZ019_+ёЖßλ", min_size=1, max_size=12)
    domains = st.sampled_from(
        ["example.ru", "EXAMPLE.RU", "пример.рф", "ПРИМЕР.рф", "xn--e1afmkfd.xn--p1ai", "localhost"]
    )
    return st.builds("{}@{}".format, letters, domains)
