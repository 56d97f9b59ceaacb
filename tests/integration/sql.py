"""Команды SQL, которыми тест готовит базу данных и смотрит в неё."""

import psycopg


def execute(database: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Исполняет команду и возвращает строки ответа, если они есть."""
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
