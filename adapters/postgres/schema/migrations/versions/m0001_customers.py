"""Таблица покупателей: новая или принятая от прежней версии сервиса."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.adoption import adopt_customers
from adapters.postgres.schema.served_tables import check_not_elsewhere

revision = "0001"
down_revision = None


# Миграция описывает схему сама, а не берёт из tables.py: та меняется, история — нет.
_CUSTOMERS = sa.Table(
    "customers",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("email", sa.String(100), nullable=False),
    sa.Column("age", sa.Integer),
    sa.Column("gender", sa.String(10)),
    sa.Column("country", sa.String(100)),
    sa.Column("address", sa.String(255)),
    sa.Column("phone", sa.String(25)),
    sa.Column("registered_at", sa.DateTime, nullable=False),
    sa.Index("ix_customers_email", "email", unique=True),
)


def upgrade() -> None:
    """Создаёт таблицу, а если она уже есть — принимает её вместе со строками."""
    connection = op.get_bind()
    if sa.inspect(connection).has_table(_CUSTOMERS.name):
        adopt_customers(connection, _CUSTOMERS)
    else:
        check_not_elsewhere(connection)
        _CUSTOMERS.create(connection)
