"""Тесты ``adapters/postgres/schema``."""
