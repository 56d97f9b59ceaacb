"""Команда SQL, которая записывает пачку просьб без ключей; собирается один раз."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import orjson
from psycopg.pq.abc import PGresult
from sqlalchemy import (
    ARRAY,
    ClauseElement,
    Column,
    String,
    TableValuedAlias,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import dialect

from adapters.postgres.tables import customers
from domain.customer import NewCustomer

CUSTOMER_COLUMNS = [column for column in customers.columns if column.name != "id"]
"""Столбцы, которые покупатель приносит с собой, в порядке параметров."""


def given_rows(*columns: Column[Any], position: str | None = None) -> TableValuedAlias:
    """Строки пачки: на каждый столбец по массиву-параметру его имени.

    Args:
        columns: столбцы.
        position: имя ещё одного столбца — места строки в пачке, с единицы.
    """
    return (
        func.unnest(*(bindparam(column.name, type_=array_of(column)) for column in columns))
        .table_valued(*(column.name for column in columns), with_ordinality=position)
        .render_derived(name="given")
    )


def array_of(column: Column[Any]) -> ARRAY[Any]:
    """Тип массива значений столбца."""
    # Без длины: явное приведение к VARCHAR(n) молча обрезало бы лишнее.
    return ARRAY(String() if isinstance(column.type, String) else column.type)


def compiled(statement: ClauseElement) -> str:
    """Переводит команду в SQL с параметрами ``$1``, ``$2``, …"""
    return str(statement.compile(dialect=_dialect))


_dialect = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # в SQLAlchemy не описан
_given = given_rows(*CUSTOMER_COLUMNS)
_known = select(customers.c.id).where(customers.c.email == _given.c.email).scalar_subquery()

# Занятый адрес отсеивается до вставки: голый ON CONFLICT тратит номер на каждый повтор, и
# повтором одного адреса можно исчерпать INTEGER. ON CONFLICT остаётся для настоящей гонки.
# Подзапрос, а не NOT EXISTS: его планировщик не превратит в соединение, которое на таблице,
# выросшей с последнего ANALYZE, читает её целиком; у подзапроса один путь — по индексу.
# Порядок по адресу один у всех пачек: иначе две встречные заблокировали бы друг друга.
_insert = (
    insert(customers)
    .from_select(
        CUSTOMER_COLUMNS, select(*_given.columns).where(_known.is_(None)).order_by(_given.c.email)
    )
    .on_conflict_do_nothing(index_elements=[customers.c.email])
    .returning(customers.c.email, customers.c.id)
)

INSERT_BATCH = compiled(_insert)
"""Записывает пачку и возвращает адреса и номера записанных; занятых адресов в ответе нет."""

_values = [attrgetter(column.name) for column in CUSTOMER_COLUMNS]


def batch_parameters(batch: Sequence[NewCustomer]) -> list[bytes]:
    """Раскладывает пачку по столбцам: параметры для ``INSERT_BATCH`` в текстовом виде."""
    return [array_literal(list(map(value, batch))) for value in _values]


def stored_ids(result: PGresult) -> dict[str, int]:
    """Читает ответ на ``INSERT_BATCH``: номера записанных по адресам."""
    return {
        cell(result, row, 0).decode(): int(cell(result, row, 1)) for row in range(result.ntuples)
    }


def cell(result: PGresult, row: int, column: int) -> bytes:
    """Возвращает ячейку ответа в текстовом виде; NULL — пустую."""
    return result.get_value(row, column) or b""


def array_literal(values: list[object]) -> bytes:
    r"""Записывает массив PostgreSQL (PostgreSQL, 8.15.2) силами orjson.

    В кавычках и JSON, и PostgreSQL ставят ``\`` перед кавычкой и косой чертой, а пустое оба
    пишут ``null``. Иначе записываются только управляющие знаки, но в покупателе их не бывает.
    Пояс времени PostgreSQL пропускает: столбец без пояса, а время всегда UTC.
    """
    return b"{%b}" % orjson.dumps(values)[1:-1]
