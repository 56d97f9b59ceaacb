"""Ошибки встроенного PostgreSQL."""


class EmbeddedPostgresError(Exception):
    """Сервер не запустить; текст — одна строка для оператора: что случилось и что делать."""
