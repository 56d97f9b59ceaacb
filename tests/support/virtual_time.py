"""Цикл событий, в котором время идёт само: сроки проверяются без ожидания."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any


class _JumpingSelector(selectors.DefaultSelector):
    """Вместо ожидания переводит часы цикла на столько, сколько тот собирался ждать."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise AssertionError("everything waits and nothing will ever happen")
        self.now += timeout
        return super().select(0)


class _VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _JumpingSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def run_in_virtual_time[T](main: Coroutine[Any, Any, T]) -> T:
    """Выполняет сопрограмму; ``asyncio.sleep`` в ней мгновенен, вечное ожидание — ошибка."""
    with virtual_runner() as runner:
        return runner.run(main)


def virtual_runner() -> asyncio.Runner:
    """Возвращает исполнителя многих сопрограмм подряд: время между ними стоит."""
    return asyncio.Runner(loop_factory=_VirtualTimeLoop)


def in_virtual_time(
    test: Callable[..., Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    """Делает тест-сопрограмму обычным тестом, в котором ждать не приходится."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 — что даст pytest
        run_in_virtual_time(test(*arguments, **named))

    return run
