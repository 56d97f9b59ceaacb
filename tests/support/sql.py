"""Команды SQL, которыми тест готовит базу данных и смотрит в неё."""

import psycopg


def execute(database: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Исполняет команду и возвращает строки ответа, если они есть."""
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def add_trigger(database: str, name: str, event: str, action: str) -> None:
    """Заводит триггер; ``event`` — всё, что стоит между его именем и тем, что он исполняет."""
    execute(
        database,
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {action}; END $$;"
        f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()",
    )


def warn_of_no_standby(database: str) -> None:
    """Кончает каждую запись покупателей предупреждением: ведомого не дождались."""
    warning = "RAISE WARNING 'canceling wait for synchronous replication'; RETURN NULL"
    add_trigger(database, "warn", "AFTER INSERT ON customers", warning)
