"""Точка входа Alembic: соединение и транзакцию даёт ``adapters.postgres.migrate``."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # Своё имя: у прежней версии сервиса могла быть собственная таблица alembic_version.
    version_table="crm_api_schema_version",
)
context.run_migrations()
