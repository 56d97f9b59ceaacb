"""Файлы, в которых PostgreSQL говорит о себе: ``postmaster.pid`` и журнал."""

from pathlib import Path

from adapters.postgres.embedded.folders import Folders

# Строки 1 и 8: номер и состояние (src/include/utils/pidfile.h).
_PID = 0
_STATUS = 7


def is_ready(pgdata: Path, pid: int) -> bool:
    """Говорит, принимает ли соединения сервер с этим номером процесса."""
    lines = _lines(pgdata)
    return lines[_PID : _PID + 1] == [str(pid)] and lines[_STATUS : _STATUS + 1] == ["ready"]


def forget_dead_server(folders: Folders) -> None:
    """Удаляет ``postmaster.pid`` и замок сокета, оставшиеся от умершего сервера.

    Номер из них мог достаться постороннему живому процессу, и тогда PostgreSQL отказался бы
    запускаться. Если же на этом кластере запустили сервер руками, всё остаётся как есть: о нём
    скажет сам PostgreSQL. Сигналов никому не шлётся.

    Вызывающий держит ``server_lock``: иначе удаление отняло бы у PostgreSQL его собственную
    защиту от двух серверов на одном кластере.
    """
    lines = _lines(folders.pgdata)
    if lines and _serves(lines[_PID], folders.pgdata):
        return
    (folders.pgdata / "postmaster.pid").unlink(missing_ok=True)
    # Самого сокета умершего сервера PostgreSQL не боится; замок же назван по порту, и наш он,
    # только если в нём наш кластер (вторая строка: src/backend/utils/init/miscinit.c).
    lock = folders.sockets / ".s.PGSQL.5432.lock"
    if _read(lock)[1:2] == [str(folders.pgdata)]:
        lock.unlink()


def _serves(pid: str, pgdata: Path) -> bool:
    """Говорит, может ли процесс быть сервером кластера: рабочая папка сервера — сам кластер."""
    if not Path("/proc/self").exists():
        return True  # без /proc не узнать: решит PostgreSQL
    # Минус — у сервера в однопользовательском режиме.
    process = Path("/proc") / pid.removeprefix("-")
    try:
        if process.stat().st_uid != pgdata.stat().st_uid:
            return False
        return (process / "cwd").readlink() == pgdata.resolve()
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        # Контейнер без CAP_SYS_PTRACE: рабочей папки не видно, но имя программы видно всем.
        return (process / "comm").read_text().strip() == "postgres"


def _lines(pgdata: Path) -> list[str]:
    return _read(pgdata / "postmaster.pid")


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, IsADirectoryError):
        return []
    return [line.strip() for line in text.splitlines()]


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

    Сначала он пишет в ``Folders.startup_log``, а открыв собственный журнал — в ``pgdata/log``, где
    лежит и сказанное прежними запусками.
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
