"""Покупатель и правила его полей."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import attrs
from attrs import define, field, frozen

from domain.email import MAX_LENGTH, compared_email
from domain.errors import BrokenRule, InvalidCustomerError
from domain.rules import Email, Rule, RuleBrokenError, Text, WholeNumber, past_moment

_RULE = "rule"
_NO_OFFSET = timedelta(0)


# Неизменяемы покупатели, а не данные о них: поля неизменяемого attrs записывает вдвое дольше.
# Слотов ни у кого из них нет: что уже верно, покупателю достаётся прямо в ``vars``.
@define(kw_only=True, slots=False)
class CustomerData:
    """Данные покупателя, какими их прислали: правила здесь названы, но ещё не применены.

    Единственное место, где поля перечислены: от этого класса наследуют и просьба, и покупатель,
    остальные читают ``RULES``. Как добавить поле, говорит docs/adding-a-field.md.

    Attributes:
        name: имя.
        email: адрес в нормальной форме (``domain.email``); на него и пишут.
        age: возраст в годах.
        gender: пол, свободный текст.
        country: страна, свободный текст.
        address: почтовый адрес, свободный текст.
        phone: телефон, свободный текст.
    """

    name: str = field(metadata={_RULE: Text(100, required=True)})
    email: str = field(metadata={_RULE: Email(MAX_LENGTH)})
    age: int | None = field(default=None, metadata={_RULE: WholeNumber(0, 150)})
    gender: str | None = field(default=None, metadata={_RULE: Text(10)})
    country: str | None = field(default=None, metadata={_RULE: Text(100)})
    address: str | None = field(default=None, metadata={_RULE: Text(255, folds_lines=True)})
    phone: str | None = field(default=None, metadata={_RULE: Text(25)})


RULES: Mapping[str, Rule] = {
    attribute.name: attribute.metadata[_RULE] for attribute in attrs.fields(CustomerData)
}
"""Правила по именам полей, в порядке полей покупателя."""

REQUIRED_FIELDS = tuple(
    attribute.name for attribute in attrs.fields(CustomerData) if attribute.default is attrs.NOTHING
)
"""Поля, без которых покупателя нет."""


@frozen(kw_only=True, slots=False)
class NewCustomer(CustomerData):
    """Покупатель, которого ещё не записали: всё, кроме номера.

    Существующий экземпляр верен, его поля в нормальной форме.

    Attributes:
        registered_at: когда зарегистрирован; UTC, до микросекунды.
        compared_email: по чему сравнивается его адрес; по нему покупатель единственный.

    Raises:
        InvalidCustomerError: данные нарушают правила; ошибка называет все нарушения сразу.
        ValueError: ``registered_at`` без часового пояса или не в UTC.
    """

    registered_at: datetime
    compared_email: str = field(init=False, eq=False, repr=False)

    @classmethod
    def from_data(
        cls, data: CustomerData, *, now: datetime, registered_at: object = None
    ) -> "NewCustomer":
        """Строит покупателя из данных; ошибки те же.

        Args:
            data: данные.
            now: который час; UTC.
            registered_at: когда он зарегистрирован на самом деле; ``None`` — сейчас.
        """
        broken, moment = [], now
        if registered_at is not None:
            try:
                moment = past_moment(registered_at, now)
            except RuleBrokenError as error:
                broken.append(BrokenRule("registered_at", error.code, error.limits))
        new = object.__new__(NewCustomer)
        object.__setattr__(new, "__dict__", _normal_fields(_data(data), moment, broken))
        return new

    def __attrs_post_init__(self) -> None:
        """Применяет все правила сразу, чтобы назвать все нарушения, а не первое."""
        vars(self).update(_normal_fields(_data(self), self.registered_at, []))


def broken_rules(values: Mapping[str, object]) -> list[BrokenRule]:
    """Называет все нарушения в данных, из которых покупателя не будет.

    Args:
        values: значения всех полей по именам.
    """
    broken = []
    for name, rule in RULES.items():
        try:
            rule(values[name])
        except RuleBrokenError as error:
            broken.append(BrokenRule(name, error.code, error.limits))
    return broken


_data = attrgetter(*RULES)
# Связанные методы: вызов экземпляра, у которого есть ``__call__``, вдвое дороже.
_APPLIED = tuple((name, rule.__call__) for name, rule in RULES.items())


def _normal_fields(
    given: Sequence[object], moment: datetime, others: Sequence[BrokenRule]
) -> dict[str, Any]:
    """Применяет все правила и возвращает поля покупателя.

    Args:
        given: данные, по порядку полей.
        moment: когда он зарегистрирован.
        others: что уже нарушено.
    """
    if moment.tzinfo is not UTC and moment.utcoffset() != _NO_OFFSET:
        # Ошибается здесь не покупатель, а часы вызывающего кода: ответ — обычный ValueError.
        raise ValueError("registered_at must be an aware datetime in UTC")
    broken: list[BrokenRule] = []
    fields: dict[str, Any] = {"registered_at": moment}
    for (name, apply), value in zip(_APPLIED, given):  # noqa: B905 — полей поровну
        try:
            fields[name] = apply(value)
        except RuleBrokenError as error:
            broken.append(BrokenRule(name, error.code, error.limits))
    if broken or others:
        raise InvalidCustomerError([*broken, *others])
    fields["compared_email"] = compared_email(fields["email"])
    return fields


# Номер идёт первым и в ответе; attrs ставит первым унаследованное.
def _own_first(
    _cls: type, attributes: "list[attrs.Attribute[object]]"
) -> "list[attrs.Attribute[object]]":
    return sorted(attributes, key=attrgetter("inherited"))


@frozen(kw_only=True, slots=False, field_transformer=_own_first)
class Customer(NewCustomer):
    """Записанный покупатель.

    Attributes:
        id: номер, который дала база данных; его поле — первое.
    """

    id: int

    @classmethod
    def of(
        cls,
        new: NewCustomer,
        *,
        id: int,  # noqa: A002 — имя поля из модели
        registered_at: datetime | None = None,
    ) -> "Customer":
        """Даёт новому покупателю номер, а если он записан раньше, то и время той записи, UTC."""
        # Поля нового уже верны: правила незачем применять второй раз.
        fields = vars(new).copy()
        fields["id"] = id
        if registered_at is not None:
            fields["registered_at"] = registered_at
        stored = object.__new__(cls)
        object.__setattr__(stored, "__dict__", fields)
        return stored
