"""Тесты ``adapters/postgres/embedded``."""
