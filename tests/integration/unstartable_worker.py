"""Надзиратель, чей второй процесс не запустить; запуск — ``python -m`` и имя этого модуля."""

import signal
import socket
from multiprocessing.connection import Connection
from typing import cast

from entrypoints.cli.workers import run_workers


class OnceOnly:
    """Вместо сокета: второму процессу его не передать, как при нехватке дескрипторов."""

    sent = False

    def __reduce__(self) -> tuple[object, ...]:
        if self.sent:
            raise OSError("too many open files")
        self.sent = True
        return OnceOnly, ()


def wait_for_the_end(sockets: list[socket.socket], pulse: Connection) -> None:
    """Работает, пока не велят остановиться."""
    del sockets, pulse
    signal.pause()


if __name__ == "__main__":
    run_workers(2, [cast("socket.socket", OnceOnly())], drain=0, work=wait_for_the_end)
