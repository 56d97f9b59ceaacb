"""Принятие таблицы ``customers``, которую сделала прежняя версия сервиса."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.engine.interfaces import ReflectedColumn

from adapters.postgres.connection import transaction
from adapters.postgres.schema.email_normalization import (
    collect_normal_emails,
    customers_with_one_email,
)
from adapters.postgres.schema.served_tables import check_served
from adapters.postgres.schema.upgrade import MigrationError
from adapters.postgres.tables import REGISTERED_AT

_SHOWN = 20  # групп совпавших адресов в сообщении

# Миграция описывает схему сама, а не берёт из tables.py: та меняется, история — нет.
CUSTOMERS_OF_0001 = sa.Table(
    "customers",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("email", sa.String(100), nullable=False),
    sa.Column("age", sa.Integer),
    sa.Column("gender", sa.String(10)),
    sa.Column("country", sa.String(100)),
    sa.Column("address", sa.String(255)),
    sa.Column("phone", sa.String(25)),
    sa.Column("registered_at", sa.DateTime, nullable=False),
    sa.Index("ix_customers_email", "email", unique=True),
)
"""Таблица первой миграции: такую делает она сама, и до такой доводит принятую.

Столбцы, которые появились позже, добавляют следующие миграции.
"""


def check_adoptable(database_url: str, *, log_sql: bool) -> None:
    """Проверяет, годится ли таблица прежнего сервиса, не читая её строк и не запирая её.

    Raises:
        MigrationError: таблица или её столбцы не те; сказано почему и что сделать.
        adapters.postgres.connection.DatabaseError: база данных недоступна.
    """
    with transaction(database_url, log_sql=log_sql) as connection:
        _check_shape(connection)


def adopt_customers(connection: Connection) -> None:
    """Приводит принятую таблицу к нужной, не теряя строк и номеров.

    Raises:
        MigrationError: таблица или столбцы не те, или адреса двух покупателей совпали бы.
    """
    _check_shape(connection)
    # Прежний сервис может ещё работать: читать ему можно, писать — после миграции.
    connection.execute(text("LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE"))
    collect_normal_emails(connection)
    _check_collisions(connection)
    _check_times(connection)
    connection.execute(
        text(
            "UPDATE customers SET email = normal_emails.email"
            " FROM normal_emails WHERE normal_emails.id = customers.id"
        )
    )
    _ensure_unique_index(connection)
    _advance_sequence(connection)


def _check_shape(connection: Connection) -> None:
    check_served(connection)
    _check_columns(connection, CUSTOMERS_OF_0001)
    _sequence(connection)


def _check_columns(connection: Connection, wanted: Table) -> None:
    columns = {one["name"]: one for one in sa.inspect(connection).get_columns("customers")}
    if missing := sorted(wanted.columns.keys() - columns.keys()):
        raise MigrationError(
            f"the existing table customers has no column {', '.join(missing)}; nothing was changed:"
            f" {_missing_advice(missing, columns)}"
        )
    if computed := sorted(
        name
        for name in wanted.columns.keys() & columns.keys()
        if "computed" in columns[name] or (name != "id" and "identity" in columns[name])
    ):
        changes = ", ".join(f"ALTER {name} DROP EXPRESSION" for name in computed)
        raise MigrationError(
            f"the existing table customers computes {', '.join(computed)} itself, so it would not"
            f" be stored as sent; nothing was changed: ALTER TABLE customers {changes}"
        )
    lengths = {
        one.name: one.type.length or 0 for one in wanted.columns if isinstance(one.type, sa.String)
    }
    if narrow := [name for name, least in lengths.items() if _length(columns[name]) < least]:
        changes = ", ".join(f"ALTER {name} TYPE varchar({lengths[name]})" for name in narrow)
        raise MigrationError(
            "the existing table customers has too little room for what may be registered; nothing"
            f" was changed: ALTER TABLE customers {changes}"
        )
    if unwanted := [
        name for name, column in columns.items() if _wants_value(column, wanted.columns.get(name))
    ]:
        raise MigrationError(
            f"the existing table customers wants a value in {', '.join(unwanted)}, which a"
            " registration need not have; nothing was changed: ALTER TABLE customers ALTER …"
            " DROP NOT NULL, or give a column of your own a default"
        )


def _missing_advice(missing: Sequence[str], columns: Iterable[str]) -> str:
    """Что сделать: назвать иначе столбец, у которого другие буквы, или добавить его."""
    renamed = [
        f'ALTER TABLE customers RENAME "{column}" TO {column.lower()}'
        for column in columns
        if column.lower() in missing
    ]
    return "; ".join(renamed) or (
        "add what is missing or point CRM_DATABASE_URL at another database"
    )


def _length(column: ReflectedColumn) -> float:
    """Знаков в столбце, не больше; у ``text`` и нетекстовых предела нет."""
    return getattr(column["type"], "length", None) or math.inf


def _wants_value(column: ReflectedColumn, wanted: Column[Any] | None) -> bool:
    """Говорит, нельзя ли записать строку, потому что значения для столбца может и не быть."""
    if column["nullable"]:
        return False
    if wanted is not None:
        return bool(wanted.nullable)
    return column["default"] is None and not {"identity", "computed"} & column.keys()


def _check_collisions(connection: Connection) -> None:
    if groups := customers_with_one_email(connection):
        shown = "; ".join(", ".join(map(str, ids)) for ids in groups[:_SHOWN])
        more = f"; and {len(groups) - _SHOWN} more groups" if len(groups) > _SHOWN else ""
        raise MigrationError(
            "customers with these ids have one e-mail in normal form (lower case, NFC, Unicode"
            f" domain; or they differ by case alone): {shown}{more}; nothing was changed: merge or"
            " delete them, then start again"
        )


def _check_times(connection: Connection) -> None:
    """О ком неизвестно, когда он пришёл, о том не расскажешь ни подписчику, ни ему самому."""
    without = text(f"SELECT min(id), count(*) FROM customers WHERE ({REGISTERED_AT}) IS NULL")  # noqa: S608 — своё же условие
    first, count = connection.execute(without).one()
    if count:
        raise MigrationError(
            f"registered_at of {count} customers, {first} is the first of them, is empty or not"
            " between the years 1 and 9999 (crm-api migrate audit lists them: no_time); nothing was"
            " changed: give them a time, then start again"
        )


def _ensure_unique_index(connection: Connection) -> None:
    """Создаёт индекс, на который опирается ON CONFLICT; негодный под тем же именем заменяет."""
    is_good = connection.scalar(
        text(
            "SELECT indnkeyatts = 1 AND attname IS NOT DISTINCT FROM 'email' AND indisunique"
            " AND indisvalid AND indimmediate AND indpred IS NULL"
            " AND indcollation[0] = attcollation"
            " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]"
            " WHERE indrelid = CAST('customers' AS regclass) AND relname = 'ix_customers_email'"
        )
    )
    if is_good:
        return
    if is_good is not None:
        connection.execute(text("DROP INDEX ix_customers_email"))
    connection.execute(text("CREATE UNIQUE INDEX ix_customers_email ON customers (email)"))


def _advance_sequence(connection: Connection) -> None:
    """Сдвигает счётчик номеров за наибольший номер, если строки вставляли мимо него."""
    sequence = _sequence(connection)
    behind = connection.scalar(
        text(
            "SELECT max(id) FROM customers"
            " HAVING max(id) > coalesce(pg_sequence_last_value(CAST(:sequence AS regclass)), 0)"
        ),
        {"sequence": sequence},
    )
    if behind is not None:
        # Не setval: его не отменяет и отмена транзакции.
        connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART WITH {behind + 1}"))


def _sequence(connection: Connection) -> str:
    """Находит последовательность номеров; имя уже в кавычках, где они нужны."""
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence('customers', 'id')"))
    if sequence is None:
        raise MigrationError(
            "customers.id of the existing table has no sequence of its own; nothing was changed:"
            " make it an identity column or own its sequence, then start again"
        )
    return str(sequence)
