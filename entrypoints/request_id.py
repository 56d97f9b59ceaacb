"""Номер запроса: по нему находят всё, что сервис о запросе записал."""

from collections.abc import Sequence
from contextvars import Context, ContextVar

current_request: ContextVar[str | tuple[str, ...]] = ContextVar("current_request", default="")
"""Номер запроса, который сейчас выполняется; у общей работы — номера всех, ради кого она идёт.

Пусто — работа ни для кого в отдельности. Личных данных в номере нет.
"""


def serve_callers(callers: Sequence[Context]) -> None:
    """Отныне работа этой задачи идёт ради запросов, в чьих контекстах её попросили.

    Args:
        callers: контексты вызовов; в некоторых номера запроса нет.
    """
    ids = [caller.get(current_request) for caller in callers]
    current_request.set(tuple([given for given in ids if isinstance(given, str) and given]))
