"""Системные часы."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Говорит время: UTC, до микросекунды."""
    return datetime.now(UTC)
