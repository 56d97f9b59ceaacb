"""Тесты ``adapters/postgres``."""
