"""Права тех, кто пишет: новая таблица нужна и им."""

from sqlalchemy import Connection, text

# Кому владелец дал писать ключи, тот пишет и это: иначе после обновления он не записал бы никого.
_WRITERS = text("""
    SELECT DISTINCT quote_ident(pg_get_userbyid(grantee))
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = to_regclass('idempotency_keys')
        AND privilege_type = 'INSERT' AND grantee NOT IN (0, relowner)
""")


def grant_to_writers(
    connection: Connection, *tables: str, rights: str = "SELECT, INSERT, UPDATE, DELETE"
) -> None:
    """Даёт права на таблицы всем, кому владелец дал писать ключи идемпотентности."""
    for role in connection.scalars(_WRITERS).all():
        connection.execute(text(f"GRANT {rights} ON {', '.join(tables)} TO {role}"))
