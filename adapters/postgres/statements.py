"""Команда SQL, которая записывает пачку покупателей; собирается один раз."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, String, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import dialect

from adapters.postgres.tables import customers
from domain.customer import NewCustomer

_columns = [column for column in customers.columns if column.name != "id"]


def _array_of(column: Column[Any]) -> ARRAY[Any]:
    # Без длины: явное приведение к VARCHAR(n) молча обрезало бы лишнее.
    return ARRAY(String() if isinstance(column.type, String) else column.type)


_given = (
    func.unnest(*(bindparam(column.name, type_=_array_of(column)) for column in _columns))
    .table_valued(*(column.name for column in _columns))
    .render_derived(name="given")
)

# Занятый адрес отсеивается до вставки: голый ON CONFLICT тратит номер на каждый повтор, и
# повтором одного адреса можно исчерпать INTEGER. ON CONFLICT остаётся для настоящей гонки.
# Порядок по адресу один у всех пачек: иначе две встречные заблокировали бы друг друга.
_insert = (
    insert(customers)
    .from_select(
        _columns,
        select(*_given.columns)
        .where(~exists().where(customers.c.email == _given.c.email))
        .order_by(_given.c.email),
    )
    .on_conflict_do_nothing(index_elements=[customers.c.email])
    .returning(customers.c.email, customers.c.id)
)

INSERT_BATCH = str(_insert.compile(dialect=dialect()))  # type: ignore[no-untyped-call]  # в SQLAlchemy не описан
"""Записывает пачку и возвращает адреса и номера записанных; занятых адресов в ответе нет."""


def batch_parameters(batch: Sequence[NewCustomer]) -> dict[str, list[object]]:
    """Раскладывает пачку по столбцам: параметры для ``INSERT_BATCH``."""
    parameters: dict[str, list[object]] = {
        column.name: [getattr(customer, column.name) for customer in batch] for column in _columns
    }
    # В столбце пояса нет, внутри всегда UTC.
    parameters["registered_at"] = [
        customer.registered_at.replace(tzinfo=None) for customer in batch
    ]
    return parameters
