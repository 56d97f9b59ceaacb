"""Команды SQL, которыми тест готовит базу данных и смотрит в неё."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo


@contextmanager
def new_database(
    server_url: str, options: LiteralString = "", template: str | None = None
) -> Iterator[str]:
    """Создаёт базу данных и в конце удаляет.

    Args:
        server_url: адрес сервера.
        options: с чем создать.
        template: имя базы данных, чью копию сделать; в той никто не должен работать.
    """
    name = sql.Identifier(f"test_{uuid.uuid4().hex}")
    create = sql.SQL("CREATE DATABASE {} {}").format(name, sql.SQL(options))
    if template is not None:
        create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(create)
        yield make_conninfo(server_url, dbname=name.as_string().strip('"'))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def execute(database: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Исполняет команду и возвращает строки ответа, если они есть."""
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def order(database: str, setting: str, value: str) -> None:
    """Велит всем новым сеансам базы данных иметь такую настройку."""
    with psycopg.connect(database, autocommit=True) as admin:
        name = sql.Identifier(admin.info.dbname)
        statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
        admin.execute(statement.format(name, sql.Identifier(setting), sql.Literal(value)))


def add_trigger(database: str, name: str, event: str, action: str) -> None:
    """Заводит триггер; ``event`` — всё, что стоит между его именем и тем, что он исполняет."""
    kind = "CONSTRAINT TRIGGER" if "DEFERRABLE" in event else "TRIGGER"
    execute(
        database,
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {action}; END $$;"
        f"CREATE {kind} {name} {event} EXECUTE FUNCTION {name}()",
    )


def warn_of_no_standby(database: str) -> None:
    """Кончает каждую запись покупателей предупреждением: ведомого не дождались."""
    warning = "RAISE WARNING 'canceling wait for synchronous replication'; RETURN NULL"
    add_trigger(database, "warn", "AFTER INSERT ON customers", warning)
