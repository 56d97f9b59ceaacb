"""События о повторных регистрациях: когда это было и когда о покупателе говорилось."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# Кому владелец дал писать события, тот пишет и эти.
_WRITERS = sa.text("""
    SELECT DISTINCT quote_ident(pg_get_userbyid(grantee))
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = to_regclass('waiting_events')
        AND privilege_type = 'INSERT' AND grantee NOT IN (0, relowner)
""")


def upgrade() -> None:
    """Прибавляет столбец, пустой, и таблицу: прежние версии ими не пользуются."""
    for table in ("waiting_events", "past_events"):
        op.add_column(table, sa.Column("happened_at", sa.DateTime(timezone=True)))
    op.create_table(
        "repeated_registrations",
        sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    for (role,) in op.get_bind().execute(_WRITERS):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON repeated_registrations TO {role}")
