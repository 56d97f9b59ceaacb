"""Тесты ``adapters/csv``."""
