"""Открытые файлы: сколько их даёт система и на сколько соединений этого хватит."""

import errno
import resource
from contextlib import suppress

from attrs import evolve

from entrypoints.server.limits import ConnectionLimits

_ENOUGH = 65_536
_OWN = 256  # дескрипторов не для соединений: журнал, база данных, слушающие сокеты


def raise_open_files_limit() -> None:
    """Поднимает мягкий предел открытых файлов до жёсткого: обычные 1024 занять легко."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # macOS не даёт больше kern.maxfilesperproc, что бы ни говорил жёсткий предел.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def fitting(limits: ConnectionLimits) -> ConnectionLimits:
    """Уменьшает предел соединений до того, на сколько хватит дескрипторов."""
    available, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return evolve(limits, connections=min(limits.connections, max(available - _OWN, 8)))


def refusal_told(error: OSError) -> str:
    """Пересказывает отказ системы, а если кончились дескрипторы, говорит, что с этим делать."""
    if error.errno not in {errno.EMFILE, errno.ENFILE}:
        return str(error)
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        f"{error.strerror}: this process may have {allowed} of them, and {_OWN} are the least to"
        " serve with: ulimit -n, or LimitNOFILE= of the systemd unit"
    )
