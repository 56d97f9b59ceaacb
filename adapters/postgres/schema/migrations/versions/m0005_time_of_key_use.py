"""У ключа идемпотентности своё время: загрузка приносит время покупателя, и оно прошлое."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Добавляет столбец; пустой, он не переписывает таблицу и не мешает прежней версии писать."""
    op.add_column("idempotency_keys", sa.Column("used_at", sa.DateTime), if_not_exists=True)
