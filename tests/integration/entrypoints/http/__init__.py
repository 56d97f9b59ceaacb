"""Тесты ``entrypoints/http``."""
