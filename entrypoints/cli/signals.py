"""Остановка долгой команды по сигналу: сначала бережно, со второго раза сразу."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Даёт список пришедших сигналов: по первому зовёт ``stop``, по второму отменяет задачу.

    Обработчики — самого Python, а не цикла событий: тот не услышит сигнала, пока читает файл, в
    котором гигабайты пустых строк. Поэтому ``stop`` вызывается между двумя любыми шагами.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    received: list[int] = []

    def receive(number: int, _frame: object) -> None:
        received.append(number)
        if len(received) == 1:
            stop()
            loop.call_soon_threadsafe(_tell)
        elif task is not None:
            loop.call_soon_threadsafe(task.cancel)

    previous = {number: signal.signal(number, receive) for number in _SIGNALS}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _tell() -> None:
    if sys.stderr.isatty():
        click.echo(err=True)  # терминал уже показал ^C на строке хода загрузки
    click.echo("finishing what was begun; the next signal stops at once", err=True)
