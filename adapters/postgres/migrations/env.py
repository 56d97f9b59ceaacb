"""Точка входа Alembic: соединение и транзакцию даёт ``adapters.postgres.migrate``."""

from alembic import context

from adapters.postgres.migrate import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
)
context.run_migrations()
