"""Тесты ``entrypoints/cli``."""
