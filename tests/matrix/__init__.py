"""Тесты базы данных на каждой версии PostgreSQL, которую поддерживает сервис.

Все версии — ``make test-postgres``; одна — ``make test-postgres VERSION=14``.
"""
