"""Команда SQL, которая записывает пачку покупателей; собирается один раз."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import orjson
from psycopg.pq.abc import PGresult
from sqlalchemy import ARRAY, Column, String, bindparam, func, select
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

_known = select(customers.c.id).where(customers.c.email == _given.c.email).scalar_subquery()

# Занятый адрес отсеивается до вставки: голый ON CONFLICT тратит номер на каждый повтор, и
# повтором одного адреса можно исчерпать INTEGER. ON CONFLICT остаётся для настоящей гонки.
# Подзапрос, а не NOT EXISTS: его планировщик не превратит в соединение, которое на таблице,
# выросшей с последнего ANALYZE, читает её целиком; у подзапроса один путь — по индексу.
# Порядок по адресу один у всех пачек: иначе две встречные заблокировали бы друг друга.
_insert = (
    insert(customers)
    .from_select(_columns, select(*_given.columns).where(_known.is_(None)).order_by(_given.c.email))
    .on_conflict_do_nothing(index_elements=[customers.c.email])
    .returning(customers.c.email, customers.c.id)
)

_dialect = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # в SQLAlchemy не описан
INSERT_BATCH = str(_insert.compile(dialect=_dialect))
"""Записывает пачку и возвращает адреса и номера записанных; занятых адресов в ответе нет."""

_values = [attrgetter(column.name) for column in _columns]


def batch_parameters(batch: Sequence[NewCustomer]) -> list[bytes]:
    """Раскладывает пачку по столбцам: параметры для ``INSERT_BATCH`` в текстовом виде."""
    return [_array_literal(list(map(value, batch))) for value in _values]


def stored_ids(result: PGresult) -> dict[str, int]:
    """Читает ответ на ``INSERT_BATCH``: номера записанных по адресам."""
    return {
        _cell(result, row, 0).decode(): int(_cell(result, row, 1)) for row in range(result.ntuples)
    }


def _cell(result: PGresult, row: int, column: int) -> bytes:
    return result.get_value(row, column) or b""


def _array_literal(values: list[object]) -> bytes:
    r"""Записывает массив PostgreSQL (PostgreSQL, 8.15.2) силами orjson.

    В кавычках и JSON, и PostgreSQL ставят ``\`` перед кавычкой и косой чертой, а пустое оба
    пишут ``null``. Иначе записываются только управляющие знаки, но в покупателе их не бывает.
    Пояс времени PostgreSQL пропускает: столбец без пояса, а время всегда UTC.
    """
    return b"{%b}" % orjson.dumps(values)[1:-1]
