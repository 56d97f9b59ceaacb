"""Миграции схемы; применяет их ``adapters.postgres.schema.upgrade``."""
