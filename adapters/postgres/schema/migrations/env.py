"""Точка входа Alembic: соединение и транзакцию даёт ``adapters.postgres.schema.upgrade``."""

from alembic import context

from adapters.postgres.schema.older_programs import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
)
context.run_migrations()
