"""Тесты ``entrypoints/python``."""
