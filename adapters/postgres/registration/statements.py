"""Команды SQL, которые записывают просьбы без ключей; собираются один раз."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Float,
    Integer,
    String,
    TableValuedAlias,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import TypeEngine, UserDefinedType

from adapters.postgres.registration.event_branch import EVENT_COLUMNS, told
from adapters.postgres.statement import Statement, compiled, explained
from adapters.postgres.tables import customers, given_email
from domain.customer import RULES

CUSTOMER_COLUMNS = [column for column in customers.columns if column.name != "id"]
"""Столбцы, которые покупатель приносит с собой, в порядке параметров."""

ALTERED_EMAIL = "2201G"
"""SQLSTATE, с которым команда отменяет сама себя: записан не тот адрес, который послан."""


def json_object(**fields: ColumnElement[Any]) -> ColumnElement[Any]:
    """Собирает объект JSON: несколько значений одним столбцом."""
    return func.json_build_object(
        *chain.from_iterable((literal_column(f"'{name}'"), value) for name, value in fields.items())
    )


_given: Mapping[str, ColumnElement[Any]] = {**dict(customers.c.items()), "email": given_email}
stored_fields = json_object(**{name: _given[name] for name in RULES})
"""Поля записанного покупателя объектом JSON, для ``KnownKey.stored``."""


EMAIL_TYPE = Statement(
    "email_type",
    "SELECT format_type(atttypid, -1) FROM pg_attribute"
    " WHERE attrelid = to_regclass('customers') AND attname = 'email'",
)
"""Узнаёт тип столбца ``email``, без длины; таблицы нет — нет и строк."""


class ColumnType(UserDefinedType[Any]):
    """Тип столбца, каким его называет сама база данных."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: object) -> str:
        """Возвращает имя типа."""
        return self.name


def parameter_type(column: Column[Any], email_type: str) -> TypeEngine[Any]:
    """Возвращает тип параметра для столбца.

    У адреса он тот же, что у столбца: с другим ``citext`` сравнивался бы как простой текст, мимо
    указателя. Длины у типа нет: явное приведение к VARCHAR(n) молча обрезало бы лишнее.
    """
    if column.name == "email":
        return ColumnType(email_type)
    return String() if isinstance(column.type, String) else column.type


def given_rows(
    *columns: Column[Any], email_type: str, position: str | None = None
) -> TableValuedAlias:
    """Строки пачки: на каждый столбец по массиву-параметру его имени.

    Args:
        columns: столбцы.
        email_type: тип столбца ``email``.
        position: имя ещё одного столбца — места строки в пачке, с единицы.
    """
    arrays = (
        bindparam(column.name, type_=ARRAY(parameter_type(column, email_type)))
        for column in columns
    )
    return (
        func.unnest(*arrays)
        .table_valued(*(column.name for column in columns), with_ordinality=position)
        .render_derived(name="given")
    )


def letters(email: ColumnElement[Any]) -> ColumnElement[str]:
    """Адрес, равный только самому себе, что бы ни считали равным тип и COLLATE столбца."""
    return cast(email, Text).collate("C")


def unless_altered(
    is_as_sent: ColumnElement[bool], value: ColumnElement[Any], stored_id: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Возвращает значение, а если записан не тот адрес — отменяет команду.

    Ошибку, у которой код только наш, даёт функция, чьи границы совпали. Один из её параметров —
    столбец: из одних чисел планировщик вычислил бы её заранее.
    """
    zero, one = literal_column("0", Integer), literal_column("1", Integer)
    return case(
        (is_as_sent, value), else_=func.width_bucket(cast(stored_id, Float), zero, zero, one)
    )


def _looked(given: Mapping[str, ColumnElement[Any]], *more: ColumnElement[Any]) -> Any:  # noqa: ANN401 — CTE SQLAlchemy
    owner = select(customers.c.id).where(customers.c.email == given["email"]).scalar_subquery()
    sent = (*CUSTOMER_COLUMNS, *EVENT_COLUMNS)
    columns = [given[column.name].label(column.name) for column in sent]
    return explained(
        select(*columns, *more, owner.label("owner_id")),
        """Хозяина адреса находит подзапрос, а не NOT EXISTS: тот планировщик превратил бы в
        соединение, которое на таблице, выросшей с последнего ANALYZE, читает её целиком; у
        подзапроса один путь — по индексу.""",
    ).cte("looked")


def _stored(looked: Any, *returned: ColumnElement[Any]) -> Any:  # noqa: ANN401 — CTE SQLAlchemy
    return (
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
        .returning(*returned)
        .cte("stored")
    )


def insert_batch(email_type: str) -> Statement:
    """Команда, которая записывает пачку с разными адресами.

    Ответ читает ``text_rows.found_by_insert_batch``.
    """
    given = given_rows(
        *CUSTOMER_COLUMNS, *EVENT_COLUMNS, email_type=email_type, position="position"
    )
    looked = _looked(dict(given.c.items()), given.c.position)
    stored = _stored(looked, customers.c.id, letters(customers.c.email).label("letters"))
    is_own = stored.c.letters == letters(looked.c.email)
    news = told(looked.join(stored, is_own), stored.c.id, looked)
    return compiled(
        "insert_batch",
        explained(
            select(
                unless_altered(looked.c.position.is_not(None), looked.c.position, stored.c.id),
                stored.c.id,
                looked.c.owner_id,
            ),
            """Записанная строка и просьба узнают друг друга по буквам адреса. Строка, которая не
            ответила никому, отменяет всё: её адрес изменила сама таблица. У кого нет ни номера, ни
            хозяина, тот проиграл гонку, или его строку не пустил триггер.""",
        )
        .select_from(looked.join(stored, is_own, full=True))
        .add_cte(news),
    )


def insert_one(email_type: str) -> Statement:
    """То же для пачки из одного: без массивов она обходится PostgreSQL на четверть дешевле.

    Ответ читает ``text_rows.found_by_insert_one``.
    """
    given = {
        column.name: bindparam(column.name, type_=parameter_type(column, email_type))
        for column in (*CUSTOMER_COLUMNS, *EVENT_COLUMNS)
    }
    looked = _looked(given)
    is_as_sent = letters(customers.c.email) == letters(given["email"])
    stored = _stored(looked, unless_altered(is_as_sent, customers.c.id, customers.c.id).label("id"))
    return compiled(
        "insert_one",
        explained(
            select(literal_column("1"), stored.c.id, looked.c.owner_id),
            """У кого нет ни номера, ни хозяина, тот проиграл гонку, или его строку не пустил
            триггер. Чей адрес изменила сама таблица, того строка отменена.""",
        )
        .select_from(looked.outerjoin(stored, true()))
        .add_cte(told(looked.join(stored, true()), stored.c.id, looked)),
    )
