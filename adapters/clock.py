"""Системные часы."""

from datetime import UTC, datetime
from functools import partial

# Не функция: часы спрашивает каждая регистрация, а здесь у вопроса нет своего вызова Python.
utc_now = partial(datetime.now, UTC)
"""Говорит время: UTC, до микросекунды."""
