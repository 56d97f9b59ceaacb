"""Адреса, записанные не в нормальной форме, и покупатели, у которых она одна."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from domain.email import normal_email

MAX_EMAIL = 100
"""Знаков в адресе принятой таблицы, не больше."""

_BATCH = 10_000  # строк за раз: память не зависит от размера таблицы

# По номерам, а не курсором на сервере: тот не проходит через pgpool-II.
_NEXT = text(
    "SELECT id, email FROM customers"
    " WHERE email IS NOT NULL AND (CAST(:last AS bigint) IS NULL OR id > :last)"
    " ORDER BY id LIMIT :count"
)


def collect_normal_emails(connection: Connection) -> None:
    """Складывает нормальную форму адресов, которые от неё отличаются, во временную таблицу.

    В ``normal_emails`` — номер покупателя и адрес; до конца транзакции.
    """
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE normal_emails (id bigint PRIMARY KEY, email text NOT NULL)"
            " ON COMMIT DROP"
        )
    )
    last_id = None
    while batch := connection.execute(_NEXT, {"last": last_id, "count": _BATCH}).all():
        last_id = batch[-1].id
        changed = [
            {"id": row.id, "email": normal}
            for row in batch
            if (normal := normal_email(row.email)) != row.email and len(normal) <= MAX_EMAIL
        ]
        if changed:
            connection.execute(text("INSERT INTO normal_emails VALUES (:id, :email)"), changed)


def customers_with_one_email(connection: Connection) -> Sequence[Sequence[int]]:
    """Возвращает номера покупателей с одной нормальной формой адреса, группами по порядку.

    Смотрит в ``normal_emails``: сначала нужен ``collect_normal_emails``.
    """
    return connection.scalars(
        text(
            "SELECT array_agg(id ORDER BY id) AS ids FROM"
            " (SELECT id, coalesce(normal_emails.email, customers.email) AS email"
            "  FROM customers LEFT JOIN normal_emails USING (id)) AS adopted"
            " WHERE email IS NOT NULL GROUP BY email HAVING count(*) > 1 ORDER BY ids"
        )
    ).all()
