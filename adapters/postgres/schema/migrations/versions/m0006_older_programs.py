"""Схема сама говорит, какие программы с нею ещё работают; столбцы ``customers`` не меняются."""

from alembic import op

from adapters.postgres.schema.older_programs import VERSION_TABLE

revision = "0006"
down_revision = "0005"
# Прежние отказываются от любой схемы новее своей.
oldest_program = "0006"


def upgrade() -> None:
    """Заводит столбцы; заполняет их ``tell_older_programs``."""
    for column in ("oldest_program", "made_by"):
        op.execute(f"ALTER TABLE {VERSION_TABLE} ADD COLUMN IF NOT EXISTS {column} varchar(32)")
