"""Маленький диск: tmpfs, которую монтирует и размонтирует сам тест."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.eventually import eventually

_EMPTY = 200 << 20  # байтов: новый кластер с журналом занимает около сотни
_ROW = 4 << 10  # байтов с запасом: покупатель, ключ, два события и всё это в журнале


def may_mount() -> bool:
    """Говорит, может ли этот процесс монтировать (CAP_SYS_ADMIN, бит 21)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    return os.geteuid() == 0 and bool(int(effective, 16) >> 21 & 1)


@contextmanager
def small_disk(folder: Path, *, rows: int = 0) -> Iterator[Path]:
    """Делает папку маленьким диском, пока открыт контекст; столько загруженных строк он вместит."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    assert mount
    assert umount
    folder.mkdir()
    command = [
        mount,
        "-t",
        "tmpfs",
        "-o",
        f"size={_EMPTY + rows * _ROW},mode=755",
        "tmpfs",
        str(folder),
    ]
    subprocess.run(command, check=True)  # noqa: S603 — команда постоянна
    try:
        yield folder
    finally:
        # Надзиратель PostgreSQL уходит чуть позже самого сервера.
        eventually(lambda: _is_unmounted(umount, folder))


def _is_unmounted(umount: str, folder: Path) -> bool:
    command = [umount, str(folder)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0  # noqa: S603 — команда постоянна
