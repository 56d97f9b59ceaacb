"""Таблица глазами проверяющего."""

import psycopg

from tests.checker.comparison import Row


def stored_rows(database: str, prefix: str) -> list[Row]:
    """Читает покупателей, чей адрес начинается с ``prefix``, в обход индексов.

    Индекс, испорченный сбоем, показал бы не всё, что записано, или не то.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET enable_indexscan = off")
        connection.execute("SET enable_indexonlyscan = off")
        connection.execute("SET enable_bitmapscan = off")
        rows = connection.execute(
            "SELECT id, email, name FROM customers WHERE starts_with(email, %s)", [prefix]
        )
        return [Row(id_, email, name) for id_, email, name in rows]
