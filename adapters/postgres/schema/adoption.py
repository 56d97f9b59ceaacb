"""Принятие таблицы ``customers``, которую сделала прежняя версия сервиса."""

import math

import sqlalchemy as sa
from sqlalchemy import Connection, text
from sqlalchemy.engine.interfaces import ReflectedColumn

from adapters.postgres.schema.email_normalization import (
    MAX_EMAIL,
    collect_normal_emails,
    customers_with_one_email,
)
from adapters.postgres.schema.upgrade import MigrationError

_REQUIRED = frozenset({"id", "name", "email", "registered_at"})
_OPTIONAL = frozenset({"age", "gender", "country", "address", "phone"})
_LENGTHS = {
    "name": 100,
    "email": MAX_EMAIL,
    "gender": 10,
    "country": 100,
    "address": 255,
    "phone": 25,
}
_SHOWN = 20  # групп совпавших адресов в сообщении


def adopt_customers(connection: Connection) -> None:
    """Приводит принятую таблицу к текущей схеме, не теряя строк и номеров.

    Raises:
        MigrationError: столбцы не те, или адреса двух покупателей совпали бы.
    """
    _check_columns(connection)
    # Прежний сервис может ещё работать: читать ему можно, писать — после миграции.
    connection.execute(text("LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE"))
    collect_normal_emails(connection)
    _check_collisions(connection)
    connection.execute(
        text(
            "UPDATE customers SET email = normal_emails.email"
            " FROM normal_emails WHERE normal_emails.id = customers.id"
        )
    )
    _ensure_unique_index(connection)
    _advance_sequence(connection)


def _check_columns(connection: Connection) -> None:
    columns = {one["name"]: one for one in sa.inspect(connection).get_columns("customers")}
    if missing := sorted((_REQUIRED | _OPTIONAL) - columns.keys()):
        raise MigrationError(
            f"the existing table customers has no column {', '.join(missing)}; nothing was changed:"
            " add what is missing or point CRM_DATABASE_URL at another database"
        )
    if narrow := [name for name, least in _LENGTHS.items() if _length(columns[name]) < least]:
        changes = ", ".join(f"ALTER {name} TYPE varchar({_LENGTHS[name]})" for name in narrow)
        raise MigrationError(
            "the existing table customers has too little room for what may be registered; nothing"
            f" was changed: ALTER TABLE customers {changes}"
        )
    if wanted := [name for name, column in columns.items() if _wants_value(name, column)]:
        raise MigrationError(
            f"the existing table customers wants a value in {', '.join(wanted)}, which a"
            " registration need not have; nothing was changed: ALTER TABLE customers ALTER …"
            " DROP NOT NULL, or give a column of your own a default"
        )


def _length(column: ReflectedColumn) -> float:
    """Знаков в столбце, не больше; у ``text`` и нетекстовых предела нет."""
    return getattr(column["type"], "length", None) or math.inf


def _wants_value(name: str, column: ReflectedColumn) -> bool:
    """Говорит, нельзя ли записать строку, потому что значения для столбца может и не быть."""
    if column["nullable"] or name in _REQUIRED:
        return False
    fills_itself = column["default"] is not None or {"identity", "computed"} & column.keys()
    return name in _OPTIONAL or not fills_itself


def _check_collisions(connection: Connection) -> None:
    if groups := customers_with_one_email(connection):
        shown = "; ".join(", ".join(map(str, ids)) for ids in groups[:_SHOWN])
        more = f"; and {len(groups) - _SHOWN} more groups" if len(groups) > _SHOWN else ""
        raise MigrationError(
            "customers with these ids have one e-mail in normal form (lower case, NFC, Unicode"
            f" domain): {shown}{more}; nothing was changed: merge or delete them, then start again"
        )


def _ensure_unique_index(connection: Connection) -> None:
    """Создаёт индекс, на который опирается ON CONFLICT; негодный под тем же именем заменяет."""
    is_good = connection.scalar(
        text(
            "SELECT indnkeyatts = 1 AND attname IS NOT DISTINCT FROM 'email' AND indisunique"
            " AND indisvalid AND indimmediate AND indpred IS NULL"
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
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence('customers', 'id')"))
    if sequence is None:
        raise MigrationError(
            "customers.id of the existing table has no sequence of its own; nothing was changed:"
            " make it an identity column or own its sequence, then start again"
        )
    behind = connection.scalar(
        text(
            "SELECT max(id) FROM customers"
            " HAVING max(id) > coalesce(pg_sequence_last_value(CAST(:sequence AS regclass)), 0)"
        ),
        {"sequence": sequence},
    )
    if behind is not None:
        # Не setval: его не отменяет и отмена транзакции. Имя уже в кавычках, где они нужны.
        connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART WITH {behind + 1}"))
