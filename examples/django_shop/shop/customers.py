"""Регистрация, одна на процесс: открывается при первом вызове и остаётся открытой до конца.

При импорте открывать нельзя: gunicorn и runserver после него делают другие процессы.
"""

from contextlib import ExitStack
from functools import cache

from crm_api import Register, registration

_opened = ExitStack()


@cache
def register() -> Register:
    """Возвращает открытую регистрацию этого процесса."""
    return _opened.enter_context(registration())
