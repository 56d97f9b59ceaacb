"""Какую таблицу ``customers`` сервис может вести, а какую нет: почему и что с нею сделать."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from adapters.postgres.id_sequence import GIVES_NO_IDS
from adapters.postgres.schema.upgrade import MigrationError

_NUMBERS = ("smallint", "integer", "bigint")

# Под чем в PostgreSQL стоит такое имя (pg_class.relkind); обычная таблица — r.
_NOT_A_TABLE = {
    "v": (
        "is a view, and what keeps an e-mail and an id unique belongs to the table behind it:"
        " rename the view, and the table to customers"
    ),
    "m": (
        "is a materialized view, into which nothing can be stored:"
        " rename it, and the table behind it to customers"
    ),
    "f": (
        "is a foreign table, and only its own server can keep an e-mail unique:"
        " point CRM_DATABASE_URL at that server"
    ),
    "p": (
        "is partitioned, and neither an e-mail nor an id can be unique over all partitions:"
        " copy its rows into an ordinary table customers"
    ),
}

_TABLE = text(f"""
    SELECT CASE WHEN relispartition THEN 'p' ELSE CAST(relkind AS text) END AS kind,
        relpersistence = 'u' AS is_unlogged,
        EXISTS (SELECT FROM pg_inherits WHERE inhparent = pg_class.oid) AS has_heirs,
        row_security_active(pg_class.oid) AS hides_rows,
        format_type(number.atttypid, number.atttypmod) AS id_type,
        format_type(
            CASE kind.typtype WHEN 'd' THEN kind.typbasetype ELSE kind.oid END, NULL
        ) AS id_base_type,
        EXISTS (
            SELECT FROM pg_index
            WHERE indrelid = pg_class.oid AND indisunique AND indisvalid AND indpred IS NULL
            AND indnkeyatts = 1 AND indkey[0] = number.attnum
        ) AS has_unique_ids,
        sequence.name AS sequence,
        (
            SELECT seqincrement <= 0 OR seqcycle FROM pg_sequence
            WHERE seqrelid = CAST(sequence.name AS regclass)
        ) AS sequence_turns_back,
        {GIVES_NO_IDS} AS gives_no_ids,
        (
            SELECT string_agg(format('DROP RULE %I ON customers', rulename), '; ')
            FROM pg_rewrite WHERE ev_class = pg_class.oid AND ev_type IN ('2', '3')
        ) AS drop_rules
    FROM pg_class
    LEFT JOIN pg_attribute AS number
        ON number.attrelid = pg_class.oid AND number.attname = 'id' AND NOT number.attisdropped
    LEFT JOIN pg_type AS kind ON kind.oid = number.atttypid
    LEFT JOIN LATERAL (
        SELECT pg_get_serial_sequence('customers', 'id') AS name WHERE number.attnum IS NOT NULL
    ) AS sequence ON true
    WHERE pg_class.oid = to_regclass('customers')
""")  # noqa: S608 — обе части наши
# Чужую таблицу с таким именем узнают по столбцу адреса.
_ELSEWHERE = text("""
    SELECT format('%I.%I', nspname, relname) AS name, quote_ident(nspname) AS schema,
        relname <> 'customers' AS is_quoted, current_setting('search_path') AS looked_in
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE lower(relname) = 'customers' AND relkind IN ('r', 'p', 'v', 'm', 'f')
    AND nspname <> 'information_schema' AND nspname !~ '^pg_'
    AND EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND lower(attname) = 'email'
    )
    AND (SELECT source = 'default' FROM pg_settings WHERE name = 'search_path')
    ORDER BY name LIMIT 1
""")


def check_served(connection: Connection) -> None:
    """Проверяет, что таблицу прежнего сервиса можно вести; таблицы может и не быть.

    Raises:
        MigrationError: нельзя; сказано почему и что сделать.
    """
    table = connection.execute(_TABLE).mappings().one_or_none()
    if table and (reason := next(_reasons(table), None)):
        raise MigrationError(
            f"the existing table customers cannot be taken over, nothing was changed: it {reason}"
        )


def check_not_elsewhere(connection: Connection) -> None:
    """Проверяет, что новая таблица не заслонит прежней, которая есть там, где её не ищут.

    Raises:
        MigrationError: такая есть, а какая схема нужна, роли не сказано (``search_path``).
    """
    found: Any = connection.execute(_ELSEWHERE).one_or_none()
    if not found:
        return
    take_over = (
        f"ALTER TABLE {found.name} RENAME TO customers"
        if found.is_quoted
        else f"ALTER ROLE … SET search_path = {found.schema}"
    )
    raise MigrationError(
        f"there is a table {found.name}, but customers is looked for in {found.looked_in}; nothing"
        f" was changed: {take_over} to take that table over, or name the schema for an empty one,"
        " ALTER ROLE … SET search_path = public"
    )


def _reasons(table: RowMapping) -> Iterator[str]:
    if reason := _NOT_A_TABLE.get(table["kind"]):
        yield reason
    if table["has_heirs"]:
        yield (
            "has tables that inherit from it, whose e-mails and ids no index of its own keeps"
            " unique: move their rows into it and ALTER TABLE … NO INHERIT customers"
        )
    if table["is_unlogged"]:
        yield "is unlogged, and a crash empties it: ALTER TABLE customers SET LOGGED"
    if table["drop_rules"]:
        yield (
            "has rules ON INSERT or ON UPDATE, beside which PostgreSQL allows no ON CONFLICT:"
            f" {table['drop_rules']}; a trigger can do the same"
        )
    if table["hides_rows"]:
        yield (
            "has row security, which may hide customers from this role: let the owner of the table"
            " do it, or a role with BYPASSRLS"
        )
    if table["id_type"] is not None:  # о столбцах, которых нет, скажут все сразу
        yield from _reasons_of_ids(table)


def _reasons_of_ids(table: RowMapping) -> Iterator[str]:
    if table["id_base_type"] not in _NUMBERS:
        yield (
            f"has ids of the type {table['id_type']}, and ids here are whole numbers: ALTER TABLE"
            " customers RENAME id TO another name, then ALTER TABLE customers ADD id bigint"
            " GENERATED BY DEFAULT AS IDENTITY UNIQUE"
        )
    if not table["has_unique_ids"]:
        yield "lets two customers have one id: ALTER TABLE customers ADD PRIMARY KEY (id)"
    if table["sequence"] and table["gives_no_ids"]:
        yield (
            "gives new customers no id: ALTER TABLE customers ALTER id SET DEFAULT"
            f" nextval('{table['sequence']}')"
        )
    if table["sequence_turns_back"]:
        yield (
            "has a sequence of ids that counts down or begins anew:"
            f" ALTER SEQUENCE {table['sequence']} INCREMENT 1 NO CYCLE"
        )
