"""Системные часы."""

from datetime import UTC, datetime
from functools import partial

# ``partial``, а не функция: время берёт каждая регистрация, и так вызовов Python на один меньше.
utc_now = partial(datetime.now, UTC)
"""Говорит время: UTC, до микросекунды."""
