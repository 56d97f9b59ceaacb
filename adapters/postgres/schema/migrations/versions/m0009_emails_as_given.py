"""Адрес хранится таким, каким дан, а единственный он по тому, что сравнивается.

Столбцы ``customers`` не меняются, и запирать её незачем: прежняя версия пишет и дальше.
"""

import logging

import sqlalchemy as sa
from alembic import op

from adapters.postgres.schema.email_normalization import store_compared_emails
from adapters.postgres.schema.writers import grant_to_writers

revision = "0009"
down_revision = "0008"

_log = logging.getLogger("crm_api.database")


def upgrade() -> None:
    """Создаёт таблицу и переписывает тех немногих, у кого сравнивается не сам адрес."""
    op.create_table(
        "emails_as_given",
        sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("compared", sa.String(100), nullable=False),
        sa.Column("email", sa.String(100), nullable=False),
    )
    connection = op.get_bind()
    grant_to_writers(connection, "emails_as_given")
    if left := store_compared_emails(connection):
        _log.warning(
            "%d customers have an e-mail that differs from another customer's by case alone:"
            " crm-api migrate audit lists them",
            left,
        )
