"""Замки на файлах (flock): ядро снимает их само, когда процесс умирает."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.02  # секунд между попытками


class LockTimeoutError(Exception):
    """Замок не освободился в срок."""


@contextmanager
def lock(path: Path, *, shared: bool = False, timeout: float = 0) -> Iterator[int]:
    """Держит замок, пока открыт контекст, и даёт его дескриптор.

    Raises:
        LockTimeoutError: за ``timeout`` секунд замок не освободился.
    """
    # Без перехода по ссылкам: под root папка бывает чужой.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, timeout)
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(path: Path, *, against_shared: bool = False) -> bool:
    """Говорит, держит ли кто-нибудь замок, мешающий взять его целиком (или на чтение)."""
    try:
        with lock(path, shared=against_shared):
            return False
    except LockTimeoutError:
        return True


def _acquire(descriptor: int, kind: int, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise LockTimeoutError from None
            time.sleep(_PAUSE)
        else:
            return
