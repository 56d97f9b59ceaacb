"""Файл ``postmaster.pid``: чему в нём можно верить."""

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
    for leftover in (folders.pgdata / "postmaster.pid", *folders.sockets.glob(".s.PGSQL.*")):
        leftover.unlink(missing_ok=True)


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
    try:
        text = (pgdata / "postmaster.pid").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]
