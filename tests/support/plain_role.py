"""Роль PostgreSQL, которой таблицы не принадлежат: прав у неё — что дали, строки ей скрывают."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support.schema import WRITE


@contextmanager
def plain_role(database: str) -> Iterator[tuple[str, str]]:
    """Роль, у которой есть только то, что нужно регистрации, и адрес для неё."""
    role = f"writer_{os.urandom(6).hex()}"
    with psycopg.connect(database, autocommit=True) as admin:
        name = sql.Identifier(role)
        admin.execute(sql.SQL("CREATE ROLE {}").format(name))
        admin.execute(sql.SQL(WRITE + " {}").format(name))
        admin.execute(sql.SQL("GRANT USAGE ON SEQUENCE customers_id_seq TO {}").format(name))
        try:
            yield role, make_conninfo(database, options=f"-c role={role}")
        finally:
            admin.execute(sql.SQL("DROP OWNED BY {}").format(name))
            admin.execute(sql.SQL("DROP ROLE {}").format(name))
