"""События о повторных регистрациях: когда это было и когда о покупателе говорилось."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.writers import grant_to_writers

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Прибавляет столбец, пустой, и таблицу: прежние версии ими не пользуются."""
    for table in ("waiting_events", "past_events"):
        op.add_column(table, sa.Column("happened_at", sa.DateTime(timezone=True)))
    op.create_table(
        "repeated_registrations",
        sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    grant_to_writers(op.get_bind(), "repeated_registrations", like="waiting_events")
