"""Приведение схемы к текущей: миграции Alembic из этого пакета."""

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, exc, text

from adapters.postgres.connection import transaction

# Произвольное число; одно на все процессы этого сервиса в одной базе данных.
_ADVISORY_LOCK = 3_001_2026


class MigrationError(Exception):
    """Схему привести не удалось, в базе данных ничего не изменилось; текст — для оператора."""


def migrate(database_url: str, *, log_sql: bool) -> None:
    """Доводит схему до последней миграции; несколько процессов сразу ждут друг друга.

    Все миграции идут в одной транзакции: либо все, либо ничего.

    Raises:
        MigrationError: база данных недоступна или её содержимое не даёт это сделать.
        adapters.postgres.connection.InvalidDatabaseUrlError: адрес неверен.
    """
    config = Config()
    config.set_main_option("script_location", "adapters.postgres:migrations")
    try:
        with transaction(database_url, log_sql=log_sql) as connection:
            _check_encoding(connection)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except exc.DBAPIError as error:
        raise MigrationError(_explained(error)) from None
    except CommandError as error:
        # Чаще всего — схема новее этого кода: его откатили, а базу данных нет.
        raise MigrationError(
            f"the schema in the database is not one that this version knows ({error}): start the"
            " version that made it or point CRM_DATABASE_URL at another database"
        ) from None


def _check_encoding(connection: Connection) -> None:
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise MigrationError(
            f"the database has the encoding {encoding}, which cannot hold every name and address:"
            " make it with ENCODING 'UTF8' TEMPLATE template0"
        )


def _explained(error: exc.DBAPIError) -> str:
    cause = error.orig
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        # Только первая строка сообщения: DETAIL повторяет данные строк таблицы.
        return f"PostgreSQL refused the migration: {cause.diag.message_primary} ({cause.sqlstate})"
    first_line = str(cause).partition("\n")[0]
    return f"cannot reach the database ({first_line}); check CRM_DATABASE_URL and the server"
