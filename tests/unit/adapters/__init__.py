"""Тесты ``adapters``."""
