"""Таблицы и команды SQL пробы; собираются один раз."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    func,
    insert,
    null,
    select,
    union_all,
)

from adapters.postgres.registration.statements import given_rows, stored_fields
from adapters.postgres.statement import Statement, compiled
from adapters.postgres.tables import customers, emails_as_given, idempotency_keys

pretended = Table(
    "crm_api_dry_run",
    MetaData(),
    Column("email", String, primary_key=True),
    Column("key", String, unique=True),
    Column("fingerprint", LargeBinary),
    # Шире, чем в customers: номера принятой таблицы бывают и такими.
    Column("customer_id", BigInteger),
    Column("registered_at", DateTime),
    Column("used_at", DateTime),
    Column("stored", String),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="PRESERVE ROWS",
)
# В базе данных, к которой ещё не подключался сервис, таблиц нет, а в прежней схеме нет последних:
# значит, в них пусто.
absent = {
    table.name: Table(
        table.name,
        MetaData(),
        *(Column(column.name, column.type) for column in table.columns),
        prefixes=["TEMPORARY"],
    )
    for table in (customers, emails_as_given, idempotency_keys)
}


def _any_of(column: Column[Any]) -> Any:  # noqa: ANN401 — условие SQLAlchemy
    return column == any_(bindparam("wanted", type_=ARRAY(String)))


_KEY_COLUMNS = ("key", "fingerprint", "customer_id", "registered_at")
_stored = (
    select(cast(stored_fields, Text))
    .where(customers.c.id == idempotency_keys.c.customer_id)
    .scalar_subquery()
)
HAS_USE_TIME = Statement(
    "has_use_time",
    "SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = 'used_at'",
)


def known_keys(*, has_use_time: bool) -> Statement:
    """Команда, которая находит ключи.

    Args:
        has_use_time: есть ли у ключей столбец ``used_at``: проба не приводит схему к текущей.
    """
    used_at = idempotency_keys.c.used_at if has_use_time else null()
    tables = (
        (idempotency_keys, used_at, _stored),
        (pretended, pretended.c.used_at, pretended.c.stored),
    )
    return compiled(
        "known_keys",
        union_all(
            *(
                select(*(table.c[name] for name in _KEY_COLUMNS), used_at, stored).where(
                    _any_of(table.c.key)
                )
                for table, used_at, stored in tables
            )
        ),
    )


FIND_TABLE = Statement("find_table", "SELECT to_regclass($1)")
PRETEND = compiled(
    "pretend",
    insert(pretended).from_select(
        list(pretended.columns),
        select(*given_rows(*pretended.columns, email_type="text").columns),
    ),
)


def known_emails(email_type: str) -> Statement:
    """Команда, которая называет занятые адреса так, как они посланы: равными бывают и другие.

    Рядом с адресом — номер того, чей он.
    """
    given = given_rows(customers.c.email, email_type=email_type)
    # Подзапросы, а не IN: у них один путь, по индексу.
    owner = func.coalesce(
        *(
            select(number).where(email == given.c.email).scalar_subquery()
            for number, email in (
                (customers.c.id, customers.c.email),
                (pretended.c.customer_id, pretended.c.email),
            )
        )
    )
    return compiled("known_emails", select(given.c.email, owner).where(owner.is_not(None)))


LAST_ID = compiled("last_id", select(func.max(customers.c.id)))
