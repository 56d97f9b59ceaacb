"""Надзиратель, чей N-й процесс не запустить; ``python -m``, имя этого модуля и N."""

import signal
import socket
import sys
from multiprocessing.connection import Connection
from typing import cast

from entrypoints.logs import log_to_standard_error
from entrypoints.server.worker_pool import run_workers


class Scarce:
    """Вместо сокета: одному из процессов его не передать, как при нехватке дескрипторов."""

    def __init__(self, lacking: int) -> None:
        self._lacking = lacking
        self._sent = 0

    def __reduce__(self) -> tuple[object, ...]:
        self._sent += 1
        if self._sent == self._lacking:
            raise OSError("too many open files")
        return Scarce, (0,)

    def close(self) -> None:
        """Закрывается, как сокет."""


def wait_for_the_end(sockets: list[socket.socket], pulse: Connection) -> None:
    """Начинает работу и ждёт, пока не велят остановиться."""
    del sockets
    pulse.send_bytes(b".")
    sys.stderr.write("begun\n")
    sys.stderr.flush()
    signal.pause()


if __name__ == "__main__":
    log_to_standard_error("INFO", "json")
    scarce = cast("socket.socket", Scarce(int(sys.argv[1])))
    run_workers(2, [scarce], drain=0, work=wait_for_the_end)
