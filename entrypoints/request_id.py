"""Номер запроса: по нему находят всё, что сервис о запросе записал."""

from contextvars import ContextVar

current_request: ContextVar[str | tuple[str, ...]] = ContextVar("current_request", default="")
"""Номер запроса, который сейчас выполняется; у общей работы — номера всех, ради кого она идёт.

Пусто — работа ни для кого в отдельности. Личных данных в номере нет.
"""
