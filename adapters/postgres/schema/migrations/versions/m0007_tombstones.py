"""Метки стёртых адресов и их соль; столбцы ``customers`` не меняются."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.writers import grant_to_writers

revision = "0007"
down_revision = "0006"


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
    grant_to_writers(op.get_bind(), "tombstones")
    # Без соли не значит ничего ни одна метка: менять её незачем никому.
    grant_to_writers(op.get_bind(), "tombstone_salt", rights="SELECT")
