"""Адреса, записанные не такими, какими хранятся и сравниваются, и покупатели, у которых он один."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from adapters.postgres.registration.statements import EMAIL_TYPE
from domain.email import MAX_LENGTH, compared_email, normal_email

_BATCH = 10_000  # строк за раз: память не зависит от размера таблицы


def _next(condition: str) -> TextClause:
    # По номерам, а не курсором на сервере: тот не проходит через pgpool-II.
    return text(
        f"SELECT id, CAST(email AS text) AS email FROM customers WHERE {condition}"  # noqa: S608 — условие своё
        " AND (CAST(:last AS bigint) IS NULL OR id > :last) ORDER BY id LIMIT :count"
    )


_WITH_EMAIL = _next("email IS NOT NULL")
_NOT_ASCII = _next("octet_length(CAST(email AS text)) <> char_length(CAST(email AS text))")

_STORE = """
    WITH first AS (
        SELECT DISTINCT ON (compared) * FROM compared_emails ORDER BY compared, id
    ), stored AS (
        UPDATE customers SET email = compared FROM first
        WHERE customers.id = first.id AND NOT EXISTS (
            SELECT FROM customers AS other
            WHERE other.email = CAST(compared AS {email_type}) AND other.id <> first.id
        )
        RETURNING first.*
    )
    INSERT INTO emails_as_given SELECT id, compared, given FROM stored
"""


def collect_normal_emails(connection: Connection) -> None:
    """Складывает адреса, которые станут другими, во временную таблицу.

    В ``normal_emails`` — номер покупателя, нормальная форма его адреса и то, по чему она
    сравнивается; до конца транзакции.
    """
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE normal_emails (id bigint PRIMARY KEY, email text NOT NULL,"
            " compared text NOT NULL) ON COMMIT DROP"
        )
    )
    for batch in _batches(connection, _WITH_EMAIL):
        forms = ((row, *_forms(row.email)) for row in batch)
        changed = [
            {"id": row.id, "email": normal, "compared": compared}
            for row, normal, compared in forms
            if row.email != normal or row.email != compared
        ]
        if changed:
            connection.execute(
                text("INSERT INTO normal_emails VALUES (:id, :email, :compared)"), changed
            )


def customers_with_one_email(connection: Connection) -> Sequence[Sequence[int]]:
    """Возвращает номера покупателей с одним адресом, группами по порядку.

    Смотрит в ``normal_emails``: сначала нужен ``collect_normal_emails``.
    """
    return connection.scalars(
        text(
            "SELECT array_agg(id ORDER BY id) AS ids FROM"
            " (SELECT id, coalesce(normal_emails.compared, customers.email) AS email"
            "  FROM customers LEFT JOIN normal_emails USING (id)) AS adopted"
            " WHERE email IS NOT NULL GROUP BY email HAVING count(*) > 1 ORDER BY ids"
        )
    ).all()


def store_compared_emails(connection: Connection) -> int:
    """Записывает то, по чему сравниваются адреса в нормальной форме, а их — в ``emails_as_given``.

    Среди адресов из одних знаков ASCII таких нет, и читаются не они.

    Returns:
        Сколько покупателей осталось как были: такой адрес уже у другого.
    """
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE compared_emails"
            " (id bigint PRIMARY KEY, compared text NOT NULL, given text NOT NULL) ON COMMIT DROP"
        )
    )
    found = 0
    for batch in _batches(connection, _NOT_ASCII):
        changed = [
            {"id": row.id, "compared": compared, "given": row.email}
            for row in batch
            if normal_email(row.email) == row.email
            and (compared := _forms(row.email)[1]) != row.email
        ]
        if changed:
            found += len(changed)
            connection.execute(
                text("INSERT INTO compared_emails VALUES (:id, :compared, :given)"), changed
            )
    # Занят ли адрес, решает тип столбца, как решил бы индекс: у citext регистр не важен.
    email_type = connection.scalar(text(EMAIL_TYPE.sql))
    stored = connection.execute(text(_STORE.format(email_type=email_type))).rowcount
    return found - stored


def _batches(connection: Connection, statement: TextClause) -> Iterator[Sequence[Row[Any]]]:
    last_id = None
    while batch := connection.execute(statement, {"last": last_id, "count": _BATCH}).all():
        last_id = batch[-1].id
        yield batch


def _forms(email: str) -> tuple[str, str]:
    """Возвращает нормальную форму и то, по чему она сравнивается; что не поместится — как было."""
    normal = normal_email(email)
    if len(normal) > MAX_LENGTH:
        normal = email
    compared = compared_email(normal)
    return normal, compared if len(compared) <= MAX_LENGTH else normal
