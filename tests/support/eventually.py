"""Ожидание условия до срока вместо сна наугад."""

import time
from collections.abc import Callable

_PAUSE = 0.02


def eventually[T](condition: Callable[[], T], *, seconds: float = 30) -> T:
    """Возвращает первое истинное значение условия; после срока проваливает тест."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{condition} is still false after {seconds} s")
        # Опрос, а не сон наугад: тест идёт дальше, как только условие верно.
        time.sleep(_PAUSE)
    return value
