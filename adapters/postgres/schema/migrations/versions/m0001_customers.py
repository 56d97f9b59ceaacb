"""Таблица покупателей: новая или принятая от прежней версии сервиса."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.adoption import CUSTOMERS_OF_0001, adopt_customers
from adapters.postgres.schema.served_tables import check_not_elsewhere

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Создаёт таблицу, а если она уже есть — принимает её вместе со строками."""
    connection = op.get_bind()
    if sa.inspect(connection).has_table(CUSTOMERS_OF_0001.name):
        adopt_customers(connection)
    else:
        check_not_elsewhere(connection)
        CUSTOMERS_OF_0001.create(connection)
