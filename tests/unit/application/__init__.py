"""Тесты ``application``."""
