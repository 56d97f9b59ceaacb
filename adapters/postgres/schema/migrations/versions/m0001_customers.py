"""Таблица покупателей: новая или принятая от прежней версии сервиса."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.adoption import adopt_customers

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Создаёт таблицу, а если она уже есть — принимает её вместе со строками."""
    connection = op.get_bind()
    if sa.inspect(connection).has_table("customers"):
        adopt_customers(connection)
    else:
        _create_customers()


def _create_customers() -> None:
    # Миграция описывает схему сама, а не берёт из tables.py: та меняется, история — нет.
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("email", sa.String(100), nullable=False),
        sa.Column("age", sa.Integer),
        sa.Column("gender", sa.String(10)),
        sa.Column("country", sa.String(100)),
        sa.Column("address", sa.String(255)),
        sa.Column("phone", sa.String(25)),
        sa.Column("registered_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_customers_email", "customers", ["email"], unique=True)
