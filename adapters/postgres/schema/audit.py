"""Проверка записанного: какие покупатели нарушают сегодняшние правила."""

from collections.abc import Iterator, Sequence
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
    Text,
    cast,
    inspect,
    literal,
    literal_column,
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
from adapters.postgres.tables import REGISTERED_AT, customers, emails_as_given, given_email
from domain.customer import RULES, NewCustomer
from domain.email import compared_email, normal_email
from domain.errors import InvalidCustomerError

_BATCH = 10_000  # строк за раз: память не зависит от размера таблицы
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # правил у времени нет

NOT_NORMAL = "not_normal"
"""Код адреса, записанного не таким, каким хранится и сравнивается: повторной регистрации он не
узнает."""

SAME_EMAIL = "same_email"
"""Код адреса, который есть у кого-то ещё: пока он таков, таблицы прежней версии не принять."""

NO_TIME = "no_time"
"""Код покупателя, о котором неизвестно, когда он пришёл: пока он таков, таблицы прежней версии не
принять, а события о нём ждут."""


@frozen
class Violation:
    """Нарушение; личных данных в нём нет.

    Attributes:
        customer_id: номер покупателя.
        field: имя поля.
        code: код правила (``domain.errors.BrokenRule``), ``NOT_NORMAL``, ``SAME_EMAIL`` или
            ``NO_TIME``.
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
    Если таблица прежней версии ещё не принята или схема старше, чем сравнение адресов, последними
    идут адреса, которые окажутся у двоих.

    Raises:
        adapters.postgres.connection.DatabaseError: база данных недоступна или таблицы в ней нет.
    """
    with engine(database_url, log_sql=log_sql, sees_all=True) as opened:
        with opened.begin() as connection:
            is_ours = is_adopted(connection)
            if not is_ours:
                check_served(connection)
            is_compared = is_ours and inspect(connection).has_table(emails_as_given.name)
            fields = _fields(connection, is_compared=is_compared)
            everyone = select(customers.c.id, *fields).order_by(customers.c.id)
        batch: Sequence[RowMapping] = []
        # По номерам, а не курсором на сервере: тот не проходит через pgpool-II.
        while batch := _next_batch(opened, everyone, after=batch):
            found = [
                violation
                for row in batch
                for violation in _violations(row, is_compared=is_compared)
            ]
            if is_compared:
                found += _taken_emails(opened, batch, found)
            yield AuditedBatch(len(batch), found)
        if not is_compared:
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


def _fields(connection: Connection, *, is_compared: bool) -> list[ColumnElement[Any]]:
    """Столбцы полей; которого у прежней таблицы ещё нет, в том пусто: его добавит миграция."""
    # Не get_columns: о таблице, которой нет, скажет сама выборка.
    found = inspect(connection).get_multi_columns(filter_names=[customers.name])
    there = {column["name"] for columns in found.values() for column in columns}
    # Текстом: char дополняет его пробелами.
    email: ColumnElement[str] = cast(customers.c.email, Text)
    columns = {name: customers.c[name] for name in RULES} | {"email": email.label("email")}
    fields = [columns[name] if name in there else null().label(name) for name in RULES]
    email = given_email if is_compared else email
    moment = literal_column(REGISTERED_AT) if "registered_at" in there else null()
    return [*fields, email.label("email_as_given"), moment.label("registered_at")]


def _taken_emails(
    opened: Engine, batch: Sequence[RowMapping], found: Sequence[Violation]
) -> list[Violation]:
    """Находит среди записанных не так тех, чей адрес у кого-то ещё; называет обоих."""
    wrong = {one.customer_id for one in found if one.code == NOT_NORMAL}
    wanted = {_compared(row["email"]): row["id"] for row in batch if row["id"] in wrong}
    if not wanted:
        return []
    owners = select(customers.c.id, cast(customers.c.email, Text)).where(
        customers.c.email.in_(list(wanted))
    )
    with opened.begin() as connection:
        # У citext равен и чужой регистр: такой адрес находит и сам себя.
        pairs = [(wanted.get(email, owner), owner) for owner, email in connection.execute(owners)]
    same = (pair for pair in pairs if pair[0] != pair[1])
    return [Violation(one, "email", SAME_EMAIL) for pair in same for one in pair]


def _same_emails(connection: Connection) -> list[Violation]:
    collect_normal_emails(connection)
    groups = customers_with_one_email(connection)
    return [Violation(one, "email", SAME_EMAIL) for group in groups for one in group]


def _compared(email: str) -> str:
    return compared_email(normal_email(email))


def _violations(values: RowMapping, *, is_compared: bool) -> Iterator[Violation]:
    given = {name: values[name] for name in RULES}
    given["email"] = values["email_as_given"]
    try:
        normal = NewCustomer(**given, registered_at=_ANY_TIME)
    except InvalidCustomerError as error:
        for broken in error.broken_rules:
            yield Violation(values["id"], broken.field, broken.code)
    else:
        wanted = normal.compared_email if is_compared else normal.email
        if normal.email != given["email"] or wanted != values["email"]:
            yield Violation(values["id"], "email", NOT_NORMAL)
    if values["registered_at"] is None:
        yield Violation(values["id"], "registered_at", NO_TIME)
