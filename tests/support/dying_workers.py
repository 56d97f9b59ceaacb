"""Надзиратель, чьи процессы умирают сразу; запуск — ``python -m`` и имя этого модуля."""

import os
import signal
import socket
from multiprocessing.connection import Connection

from entrypoints.logs import log_to_standard_error
from entrypoints.server.worker_pool import run_workers


def die(sockets: list[socket.socket], pulse: Connection) -> None:
    """Умирает, как от нехватки памяти."""
    del sockets, pulse
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    log_to_standard_error("INFO", "json")
    run_workers(1, [], drain=0, work=die)
