"""Метки стёртых адресов и их соль; столбцы ``customers`` не меняются."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# Кому владелец дал писать ключи, тот и загружает, и стирает.
_WRITERS = sa.text("""
    SELECT DISTINCT quote_ident(pg_get_userbyid(grantee))
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = to_regclass('idempotency_keys')
        AND privilege_type = 'INSERT' AND grantee NOT IN (0, relowner)
""")


def upgrade() -> None:
    """Создаёт таблицы и соль: два случайных UUID — 244 случайных бита."""
    now = sa.func.clock_timestamp()
    op.create_table(
        "tombstones",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False, server_default=now),
    )
    op.create_table("tombstone_salt", sa.Column("salt", sa.LargeBinary, nullable=False))
    op.execute(
        "INSERT INTO tombstone_salt"
        " VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"
    )
    for (role,) in op.get_bind().execute(_WRITERS):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON tombstones, tombstone_salt TO {role}")
