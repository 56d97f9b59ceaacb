"""Фикстуры сервиса для своих тестов: одна строка."""

pytest_plugins = ["crm_api.testing"]
