"""Команды SQL, которые записывают просьбы без ключей; собираются один раз."""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import orjson
from psycopg.pq.abc import PGresult
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    String,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import TypeEngine

from adapters.postgres.statement import Statement, compiled, explained
from adapters.postgres.tables import customers
from domain.customer import RULES, NewCustomer

CUSTOMER_COLUMNS = [column for column in customers.columns if column.name != "id"]
"""Столбцы, которые покупатель приносит с собой, в порядке параметров."""

stored_fields = cast(
    func.json_build_object(
        *chain.from_iterable((literal_column(f"'{name}'"), customers.c[name]) for name in RULES)
    ),
    Text,
)
"""Поля записанного покупателя одним столбцом: объект JSON, для ``KnownKey.stored``."""


def given_rows(*columns: Column[Any], position: str | None = None) -> TableValuedAlias:
    """Строки пачки: на каждый столбец по массиву-параметру его имени.

    Args:
        columns: столбцы.
        position: имя ещё одного столбца — места строки в пачке, с единицы.
    """
    return (
        func.unnest(*(bindparam(column.name, type_=ARRAY(_type_of(column))) for column in columns))
        .table_valued(*(column.name for column in columns), with_ordinality=position)
        .render_derived(name="given")
    )


def _type_of(column: Column[Any]) -> TypeEngine[Any]:
    """Тип параметра для столбца."""
    # Без длины: явное приведение к VARCHAR(n) молча обрезало бы лишнее.
    return String() if isinstance(column.type, String) else column.type


def _inserting(name: str, given: Mapping[str, ColumnElement[Any]]) -> Statement:
    """Собирает команду, которая записывает строки и называет тех, чей адрес уже занят."""
    owner = select(customers.c.id).where(customers.c.email == given["email"]).scalar_subquery()
    columns = [given[column.name].label(column.name) for column in CUSTOMER_COLUMNS]
    looked = explained(
        select(*columns, owner.label("owner_id")),
        """Хозяина адреса находит подзапрос, а не NOT EXISTS: тот планировщик превратил бы в
        соединение, которое на таблице, выросшей с последнего ANALYZE, читает её целиком; у
        подзапроса один путь — по индексу.""",
    ).cte("looked")
    stored = (
        explained(
            insert(customers),
            """Занятый отсеивается до вставки: голый ON CONFLICT тратит номер на каждый повтор, и
            повтором одного адреса можно исчерпать INTEGER. ON CONFLICT остаётся для настоящей
            гонки. Порядок один у всех пачек: иначе две встречные заблокировали бы друг друга.""",
        )
        .from_select(
            CUSTOMER_COLUMNS,
            select(*(looked.c[column.name] for column in CUSTOMER_COLUMNS))
            .where(looked.c.owner_id.is_(None))
            .order_by(looked.c.email),
        )
        .on_conflict_do_nothing(index_elements=[customers.c.email])
        .returning(customers.c.email, customers.c.id)
        .cte("stored")
    )
    return compiled(
        name,
        union_all(
            explained(
                select(stored.c.email, stored.c.id),
                """Записанные с номерами и, без номеров, занятые адреса. О ком здесь ничего нет,
                тот проиграл гонку, или его строку не пустил триггер.""",
            ),
            select(looked.c.email, null()).where(looked.c.owner_id.is_not(None)),
        ),
    )


INSERT_BATCH = _inserting("insert_batch", dict(given_rows(*CUSTOMER_COLUMNS).c.items()))
"""Записывает пачку с разными адресами; читает ответ ``written``."""

INSERT_ONE = _inserting(
    "insert_one",
    {column.name: bindparam(column.name, type_=_type_of(column)) for column in CUSTOMER_COLUMNS},
)
"""То же для пачки из одного: без массивов она обходится PostgreSQL на четверть дешевле."""

_values = [attrgetter(column.name) for column in CUSTOMER_COLUMNS]


def batch_parameters(batch: Sequence[NewCustomer]) -> list[bytes]:
    """Раскладывает пачку по столбцам: параметры для ``INSERT_BATCH`` в текстовом виде."""
    return [array_literal(list(map(value, batch))) for value in _values]


def lone_parameters(customer: NewCustomer) -> list[bytes | None]:
    """Перечисляет столбцы одного: параметры для ``INSERT_ONE`` в текстовом виде."""
    given = (value(customer) for value in _values)
    return [None if value is None else str(value).encode() for value in given]


def written(result: PGresult) -> dict[str, int | None]:
    """Читает ответ на эти команды: номера записанных по адресам, у занятых — ``None``."""
    return {
        cell(result, row, 0).decode(): int(number) if (number := cell(result, row, 1)) else None
        for row in range(result.ntuples)
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
