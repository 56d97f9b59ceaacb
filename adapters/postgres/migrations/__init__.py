"""Миграции схемы; применяет их ``adapters.postgres.migrate``."""
