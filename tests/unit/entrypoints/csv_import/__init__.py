"""Тесты ``entrypoints/csv_import``."""
