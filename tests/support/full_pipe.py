"""Канал, который полон и которого никто не читает: так выглядит остановившийся читатель журнала."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

FILLING = b"\0"


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """Даёт концы канала, в который больше не влезет ни байта; читать его начинают с ``FILLING``.

    Дескриптор для записи — обычный, блокирующий.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, FILLING * 4096)
    except BlockingIOError:
        os.set_blocking(write, True)
    try:
        yield read, write
    finally:
        os.close(read)
        os.close(write)
