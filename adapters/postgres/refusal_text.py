"""Отказ PostgreSQL словами: без личных данных и, если известно, с советом."""

import psycopg

_IN_THE_WAY = (
    "; nothing was changed: another program has an open transaction on the table; let it end, or"
    " end it (pg_stat_activity shows it), and try again"
)
_NO_RIGHT = "; let the owner of the tables do it, or GRANT the role of CRM_DATABASE_URL the right"
_NO_TRANSACTIONS = (
    "; a pooler in statement mode does for registrations alone: give this the URL of PostgreSQL"
    " itself, or of a pooler in session or transaction mode"
)
_OLDER_SCHEMA = "; if the schema is of an older version, run crm-api migrate up"
_READ_ONLY = (
    "; give this the URL of the primary, or, if default_transaction_read_only makes it so, ALTER"
    " ROLE or ALTER DATABASE … RESET default_transaction_read_only"
)
_NO_SCHEMA = "; search_path names no schema that is there: ALTER ROLE … SET search_path = public"
_NAME_IN_USE = (
    "; nothing was changed: another program has taken the name: ALTER … RENAME what has it, or name"
    " another schema for this service, ALTER ROLE … SET search_path"
)
_NOT_FOR_THIS_TABLE = (
    "; if customers has a rule ON INSERT or ON UPDATE, DROP RULE: a trigger can do the same"
)
# 22, 23 и 44 — данные и ограничения: сервер повторяет и сами значения.
_OF_ROWS = ("22", "23", "44")
_ADVICE = (
    (psycopg.errors.ProtocolViolation, _NO_TRANSACTIONS),
    (psycopg.errors.LockNotAvailable, _IN_THE_WAY),
    (psycopg.errors.InsufficientPrivilege, _NO_RIGHT),
    (psycopg.errors.UndefinedTable, _OLDER_SCHEMA),
    (psycopg.errors.UndefinedColumn, _OLDER_SCHEMA),
    (psycopg.errors.ReadOnlySqlTransaction, _READ_ONLY),
    (psycopg.errors.InvalidSchemaName, _NO_SCHEMA),
    (psycopg.errors.DuplicateTable, _NAME_IN_USE),
    (psycopg.errors.DuplicateObject, _NAME_IN_USE),
    (psycopg.errors.FeatureNotSupported, _NOT_FOR_THIS_TABLE),
)


def named(error: psycopg.Error) -> str:
    """Называет ошибку PostgreSQL, не повторяя её текста: в нём бывает адрес покупателя."""
    told = [type(error).__name__, f"sqlstate {error.sqlstate}"]
    if error.diag.column_name:
        told.append(f"column {error.diag.column_name}")
    if error.diag.constraint_name:
        told.append(f"constraint {error.diag.constraint_name}")
    return ", ".join(told)


def said(error: psycopg.Error) -> str:
    """Пересказывает отказ сервера без личных данных.

    DETAIL повторяет строки таблицы. А текст того, что случилось внутри функции или триггера (об
    этом говорит CONTEXT), сочинил не сервер, и стоять там может что угодно (PL/pgSQL, RAISE).
    """
    if not _is_of_server(error):
        return f"{named(error)}; its log says more"
    return f"{error.diag.message_primary} ({error.sqlstate})"


def _is_of_server(error: psycopg.Error) -> bool:
    return not error.diag.context and not (error.sqlstate or "").startswith(_OF_ROWS)


def said_with_advice(error: psycopg.Error) -> str:
    """Пересказывает отказ сервера без личных данных и говорит, что делать, если это известно.

    Совет самого сервера (HINT) годится там, где годится и его текст.
    """
    hint = error.diag.message_hint if _is_of_server(error) else None
    of_server = f"; {hint}" if hint else ""
    advice = next((told for kind, told in _ADVICE if isinstance(error, kind)), of_server)
    return f"{said(error)}{advice}"
