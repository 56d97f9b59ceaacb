"""Тесты ``adapters/postgres/registration``."""
