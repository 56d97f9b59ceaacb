"""Приведение схемы к текущей: миграции Alembic из этого пакета."""

import logging

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from attrs import frozen
from sqlalchemy import Connection, exc, text

from adapters.postgres.connection import DatabaseError, engine, transaction
from adapters.postgres.refusal_text import said
from adapters.postgres.registration.session import statements
from adapters.postgres.registration.statements import EMAIL_TYPE
from adapters.postgres.schema.ids_behind import bring_ids_forward
from adapters.postgres.schema.key_widening import is_narrow, is_small, widen_keys
from adapters.postgres.schema.older_programs import (
    VERSION_TABLE,
    refusal_of,
    tell_older_programs,
)

_log = logging.getLogger("crm_api.database")

# Произвольное число; одно на все процессы этого сервиса в одной базе данных.
_ADVISORY_LOCK = 3_001_2026

# COLLATE, которое считает разные буквы одной, называется прямо: такие адреса — один покупатель.
_EMAIL_COLUMN = text("""
    SELECT format_type(atttypid, atttypmod)
        || ', COLLATE ' || coalesce(quote_ident(collname), 'none')
        || CASE WHEN NOT collisdeterministic
            THEN ', to which different addresses are equal' ELSE '' END
    FROM pg_attribute LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE attrelid = to_regclass('customers') AND attname = 'email'
""")


class MigrationError(DatabaseError):
    """Схему привести не удалось, в базе данных ничего не изменилось; текст — для оператора."""


@frozen(kw_only=True)
class SchemaStatus:
    """Схема базы данных рядом с той, что нужна этой версии сервиса.

    Attributes:
        server: какой сервер ответил: версия, узел, порт, имя базы данных.
        revision: на какой миграции схема; ``None`` — ни одной ещё не было.
        needed: на какой она должна быть.
        pending: миграции, которых не хватает, по порядку.
        adopts: таблица ``customers`` уже есть, и первая миграция примет её.
        email: чем сравниваются адреса: тип и COLLATE столбца; ``None`` — таблицы ещё нет.
    """

    server: str
    revision: str | None
    needed: str
    pending: tuple[str, ...]
    adopts: bool
    email: str | None

    @property
    def is_current(self) -> bool:
        """Схема та, что нужна."""
        return not self.pending


def migrate(database_url: str, *, log_sql: bool, is_dry_run: bool = False) -> None:
    """Доводит схему до последней миграции; несколько процессов сразу ждут друг друга.

    Все миграции идут в одной транзакции: либо все, либо ничего. Только большую таблицу ключей
    прежде расширяют по частям: иначе она была бы заперта, пока её переписывают.

    Args:
        database_url: адрес libpq.
        log_sql: писать ли в журнал команды SQL.
        is_dry_run: сделать всё то же и в конце отменить.

    Raises:
        MigrationError: база данных недоступна или её содержимое не даёт это сделать.
        ValueError: адрес неверен.
    """
    config = _config()
    try:
        if not is_dry_run:
            _widen_large_keys(database_url, log_sql=log_sql)
        with transaction(database_url, log_sql=log_sql) as connection:
            _check_encoding(connection)
            # Сколько другой процесс ещё будет приводить схему, роль знать не может.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            _bring_to_head(connection, config)
            if not is_dry_run:
                bring_ids_forward(connection)
            elif started := connection.get_transaction():
                started.rollback()
    except DatabaseError as error:
        raise MigrationError(str(error)) from None


def _widen_large_keys(database_url: str, *, log_sql: bool) -> None:
    with engine(database_url, log_sql=log_sql) as opened:
        with opened.begin() as connection:
            is_needed = is_narrow(connection) and not is_small(connection)
        if is_needed:
            _log.info("idempotency_keys.customer_id becomes bigint, while the service goes on")
            widen_keys(opened, _ADVISORY_LOCK)


def _bring_to_head(connection: Connection, config: Config) -> None:
    """Исполняет миграции, которых не хватает; более новой схемы, если она служит, не трогает."""
    revision, known = _revision(connection), _known(config)
    is_newer = _is_newer(connection, revision, known)
    # Пока миграция ждёт замка на таблицу, за нею в очереди ждут и записи прежнего сервиса.
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    if is_newer:
        _log.info("the schema is newer (%s) and still serves this version", revision)
    elif revision != known[-1]:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        tell_older_programs(connection, ScriptDirectory.from_config(config))
        _check_statements(connection)


def _check_encoding(connection: Connection) -> None:
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise MigrationError(
            f"the database has the encoding {encoding}, which cannot hold every name and address:"
            " make it with ENCODING 'UTF8' TEMPLATE template0"
        )


def _check_statements(connection: Connection) -> None:
    """Готовит команды записи: в принятой таблице бывают столбцы других типов."""
    for statement in statements(connection.scalar(text(EMAIL_TYPE.sql))):
        try:
            connection.exec_driver_sql(f"PREPARE crm_api_check AS {statement.sql}")
        except exc.ProgrammingError as error:
            cause = error.orig
            told = said(cause) if isinstance(cause, psycopg.Error) else cause
            raise MigrationError(
                f"nothing could be stored in the existing table customers: {told}; nothing was"
                " changed: give its columns the types that docs/migrating.md lists"
            ) from None
        connection.exec_driver_sql("DEALLOCATE crm_api_check")


def schema_status(database_url: str, *, log_sql: bool) -> SchemaStatus:
    """Смотрит, на какой миграции схема; ничего не меняет.

    Raises:
        MigrationError: схему сделала версия новее этой, и этой она уже не служит.
        adapters.postgres.connection.DatabaseError: база данных недоступна.
    """
    known = _known(_config())
    with transaction(database_url, log_sql=log_sql) as connection:
        revision = _revision(connection)
        if _is_newer(connection, revision, known):
            done = len(known)
        else:
            done = known.index(revision) + 1 if revision else 0
        return SchemaStatus(
            server=_server(connection),
            revision=revision,
            needed=known[-1],
            pending=known[done:],
            adopts=revision is None and sa.inspect(connection).has_table("customers"),
            email=connection.scalar(_EMAIL_COLUMN),
        )


def is_adopted(connection: Connection) -> bool:
    """Говорит, сделана ли или принята ли таблица ``customers`` этим сервисом."""
    return _revision(connection) is not None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "adapters.postgres.schema:migrations")
    return config


def _known(config: Config) -> tuple[str, ...]:
    """Все миграции этой версии, от первой к последней."""
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return tuple(script.revision for script in scripts)[::-1]


def _revision(connection: Connection) -> str | None:
    """Узнаёт, на какой миграции схема.

    Raises:
        MigrationError: этого не понять.
    """
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    heads = context.get_current_heads()
    if len(heads) > 1:
        raise MigrationError(
            f"{VERSION_TABLE} holds several rows, {', '.join(sorted(heads))}: delete all but the"
            " one of the schema that is there"
        )
    return heads[0] if heads else None


def _is_newer(connection: Connection, revision: str | None, known: tuple[str, ...]) -> bool:
    """Говорит, что схема новее этой программы и всё же работает с нею.

    Raises:
        MigrationError: новее и не работает.
    """
    if revision is None or revision in known:
        return False
    if refusal := refusal_of(connection, revision, known):
        raise MigrationError(refusal)
    return True


def _server(connection: Connection) -> str:
    version = connection.scalar(text("SHOW server_version"))
    info = connection.connection.driver_connection.info  # type: ignore[union-attr]  # соединение psycopg
    return f"PostgreSQL {version} at {info.host}:{info.port}, database {info.dbname}"
