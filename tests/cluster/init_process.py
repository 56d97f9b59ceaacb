"""Первый процесс «машины»: усыновляет и хоронит осиротевших, как init.

Patroni отпускает PostgreSQL жить отдельно. Без этого процесса его не найти среди потомков теста,
а убитый оставался бы зомби, которого Patroni принимает за живой сервер.

Запуск: ``python init_process.py UID GID ПРОГРАММА АРГУМЕНТ…``. Работает без этого пакета: только
стандартная библиотека.
"""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(uid: int, gid: int, command: list[str]) -> None:
    """Запускает программу и живёт, пока жив хоть один потомок."""
    if os.geteuid() == 0:
        _stop_being_root(uid, gid)
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # Не стало и самого теста — не останется и его кластера.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    program = subprocess.Popen(command)  # noqa: S603 — что запустить, решает тест
    # SIGHUP ядро посылает замороженным, чья группа процессов осиротела: теста не стало.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: _stop(program.pid))
    while _buried_one():
        pass


def _stop_being_root(uid: int, gid: int) -> None:
    """Становится другим пользователем, не теряя доступа к тому, что открыто только root.

    PostgreSQL под root не работает, а клон и интерпретатор бывают в закрытой папке root.
    """
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    try:
        os.unshare(os.CLONE_NEWUSER)
    except PermissionError:
        sys.exit(
            "PostgreSQL does not run as root, and root may make no user namespace here:"
            " run as an ordinary user"
        )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside_gid} 1")


def _stop(program: int) -> None:
    """Программу просит закончить, а осиротевших — немедленно (для PostgreSQL это SIGQUIT)."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for pid in map(int, children):
        os.kill(pid, signal.SIGTERM if pid == program else signal.SIGQUIT)
        os.kill(pid, signal.SIGCONT)  # замороженный иначе не услышит


def _buried_one() -> bool:
    try:
        os.wait()
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
