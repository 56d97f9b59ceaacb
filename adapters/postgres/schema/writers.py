"""Права тех, кто пишет: новая таблица нужна и им, иначе после обновления они не записали бы никого.

Зовут это и выпущенные миграции: то, что они делают, меняться здесь не может.
"""

from sqlalchemy import Connection, text

_WRITERS = text("""
    SELECT DISTINCT quote_ident(pg_get_userbyid(grantee))
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = to_regclass(:like)
        AND privilege_type = 'INSERT' AND grantee NOT IN (0, relowner)
""")


def grant_to_writers(
    connection: Connection,
    *tables: str,
    rights: str = "SELECT, INSERT, UPDATE, DELETE",
    like: str = "idempotency_keys",
) -> None:
    """Даёт права на таблицы всем, кому владелец дал писать ``like``."""
    for role in connection.scalars(_WRITERS, {"like": like}).all():
        connection.execute(text(f"GRANT {rights} ON {', '.join(tables)} TO {role}"))
