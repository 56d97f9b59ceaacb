"""Проверка записанного: какие покупатели нарушают сегодняшние правила."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    inspect,
    literal,
    null,
    select,
)

from adapters.postgres.connection import engine
from adapters.postgres.schema.email_normalization import (
    collect_normal_emails,
    customers_with_one_email,
)
from adapters.postgres.schema.served_tables import check_served
from adapters.postgres.schema.upgrade import is_adopted
from adapters.postgres.tables import customers
from domain.customer import RULES, NewCustomer
from domain.errors import InvalidCustomerError

_BATCH = 10_000  # строк за раз: память не зависит от размера таблицы
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # правил у времени нет

NOT_NORMAL = "not_normal"
"""Код адреса, записанного не в нормальной форме: повторной регистрации он не узнает."""

SAME_EMAIL = "same_email"
"""Код адреса, нормальная форма которого у кого-то ещё: пока он таков, таблицу не принять."""


@frozen
class Violation:
    """Нарушение; личных данных в нём нет.

    Attributes:
        customer_id: номер покупателя.
        field: имя поля.
        code: код правила (``domain.errors.BrokenRule``), ``NOT_NORMAL`` или ``SAME_EMAIL``.
    """

    customer_id: int
    field: str
    code: str


@frozen
class AuditedBatch:
    """Сколько покупателей проверено и что у них нашлось."""

    checked: int
    violations: Sequence[Violation]


def audit(database_url: str, *, log_sql: bool) -> Iterator[AuditedBatch]:
    """Проверяет всех покупателей по порядку номеров; ничего не меняет.

    Каждая пачка читается своей транзакцией: проверка большой таблицы не мешает её уборке (VACUUM).
    Если таблица прежней версии ещё не принята, последними идут адреса, которые этому помешают.

    Raises:
        adapters.postgres.connection.DatabaseError: база данных недоступна или таблицы в ней нет.
    """
    with engine(database_url, log_sql=log_sql) as opened:
        with opened.begin() as connection:
            is_ours = is_adopted(connection)
            if not is_ours:
                check_served(connection)
            everyone = select(customers.c.id, *_fields(connection)).order_by(customers.c.id)
        batch: Sequence[RowMapping] = []
        # По номерам, а не курсором на сервере: тот не проходит через pgpool-II.
        while batch := _next_batch(opened, everyone, after=batch):
            found = [violation for row in batch for violation in _violations(dict(row))]
            yield AuditedBatch(len(batch), found)
        if not is_ours:
            with opened.begin() as connection:
                same = _same_emails(connection)
            yield AuditedBatch(0, same)


def _next_batch(
    opened: Engine, everyone: Select[Any], *, after: Sequence[RowMapping]
) -> Sequence[RowMapping]:
    """Читает строки, чьи номера больше последнего из прочитанных."""
    following = everyone.limit(_BATCH)
    if after:
        following = following.where(customers.c.id > literal(after[-1]["id"], BigInteger))
    with opened.begin() as connection:
        return connection.execute(following).mappings().all()


def _fields(connection: Connection) -> list[ColumnElement[Any]]:
    """Столбцы полей; которого у прежней таблицы ещё нет, в том пусто: его добавит миграция."""
    # Не get_columns: о таблице, которой нет, скажет сама выборка.
    found = inspect(connection).get_multi_columns(filter_names=[customers.name])
    there = {column["name"] for columns in found.values() for column in columns}
    return [customers.c[name] if name in there else null().label(name) for name in RULES]


def _same_emails(connection: Connection) -> list[Violation]:
    collect_normal_emails(connection)
    groups = customers_with_one_email(connection)
    return [Violation(one, "email", SAME_EMAIL) for group in groups for one in group]


def _violations(values: Mapping[str, Any]) -> Iterator[Violation]:
    given = {name: values[name] for name in RULES}
    try:
        normal = NewCustomer(**given, registered_at=_ANY_TIME)
    except InvalidCustomerError as error:
        for broken in error.broken_rules:
            yield Violation(values["id"], broken.field, broken.code)
    else:
        if normal.email != values["email"]:
            yield Violation(values["id"], "email", NOT_NORMAL)
