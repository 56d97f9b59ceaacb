"""Остановка долгой команды по сигналу: сначала бережно, со второго раза сразу."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Даёт список пришедших сигналов: по первому зовёт ``stop``, по второму отменяет задачу."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    received: list[int] = []

    def receive(number: int) -> None:
        received.append(number)
        if len(received) == 1:
            click.echo("finishing what was begun; the next signal stops at once", err=True)
            stop()
        elif task is not None:
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, receive, number)
    try:
        yield received
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
