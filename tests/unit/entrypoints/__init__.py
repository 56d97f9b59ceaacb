"""Тесты ``entrypoints``."""
