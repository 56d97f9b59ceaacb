"""Номера покупателей в ключах — BIGINT, какими они бывают и в ``customers``."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.key_widening import is_narrow, is_small

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Расширяет столбец; большую таблицу к этому времени уже расширил ``widen_keys``."""
    connection = op.get_bind()
    if is_narrow(connection) and is_small(connection):
        op.alter_column("idempotency_keys", "customer_id", type_=sa.BigInteger)
