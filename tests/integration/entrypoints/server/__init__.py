"""Тесты ``entrypoints/server``."""
