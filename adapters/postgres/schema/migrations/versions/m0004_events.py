"""Подписчики и события, которые их ждут; столбцы ``customers`` не меняются."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.writers import grant_to_writers

revision = "0004"
down_revision = "0003"

_TABLES = ("event_subscribers", "waiting_events", "past_events", "event_database")


def upgrade() -> None:
    """Создаёт таблицы и даёт базе данных номер."""
    op.create_table(
        "event_subscribers",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("types", sa.ARRAY(sa.String(50)), nullable=False),
        sa.Column("is_paused", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("paused_because", sa.String(200)),
    )
    now = sa.func.clock_timestamp()
    op.create_table(
        "waiting_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        *_event_columns(),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False, server_default=now),
        sa.Column(
            "next_attempt_at", sa.DateTime(timezone=True), nullable=False, server_default=now
        ),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Index("ix_waiting_events_due", "subscriber_id", "next_attempt_at"),
    )
    op.create_table(
        "past_events",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        *_event_columns(),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False, server_default=now),
        sa.Column("failure", sa.String(200)),
        sa.Index("ix_past_events_ended_at", "ended_at"),
    )
    op.create_table("event_database", sa.Column("id", sa.UUID, nullable=False))
    op.execute("INSERT INTO event_database VALUES (gen_random_uuid())")
    grant_to_writers(op.get_bind(), *_TABLES)


def _event_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("type", sa.String(50), nullable=False),
        sa.Column("customer_id", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("trace", sa.String(55)),
    ]
