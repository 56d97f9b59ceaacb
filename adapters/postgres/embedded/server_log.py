"""Что сказал PostgreSQL: одна строка для оператора вместо целого журнала."""

from pathlib import Path

from adapters.postgres.embedded.folders import Folders

_NO_ROOM = "No space left on device"  # остальное — уже последствия
_GRAVE = ("PANIC:", "FATAL:", "error:")
# Ответ тем, кто соединяется с сервером, пока тот запускается или останавливается.
_CHATTER = " LOG: "
_NOT_YET = "the database system is"


def complaint(output: str) -> str:
    """Находит в выводе PostgreSQL строку, которая говорит, что не так."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in lines:
        if _NO_ROOM in line:
            return " ".join(line.split())
    for mark in _GRAVE:
        for line in lines:
            if mark in line and _NOT_YET not in line:
                return " ".join(line[line.index(mark) :].split())
    said = [line for line in lines if _CHATTER not in line]
    return said[-1] if said else "it ended without a word"


class StartLog:
    """Сказанное сервером с начала запуска.

    Сначала он пишет в ``startup.log``, а открыв собственный журнал — в ``pgdata/log``, где лежит
    и сказанное прежними запусками.
    """

    def __init__(self, folders: Folders) -> None:
        self._startup = folders.startup_log
        self._own = folders.pgdata / "log"
        self._before = {path: path.stat().st_size for path in self._files()}

    def read(self) -> str:
        """Возвращает сказанное до этого мгновения."""
        texts = [self._startup.read_bytes()]
        texts += [path.read_bytes()[self._before.get(path, 0) :] for path in self._files()]
        return b"\n".join(texts).decode(errors="replace")

    def __str__(self) -> str:
        return f"{self._startup} and {self._own}"

    def _files(self) -> list[Path]:
        return list(self._own.glob("postgresql-*.log"))
