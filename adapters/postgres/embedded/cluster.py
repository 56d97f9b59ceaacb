"""Кластер PostgreSQL на диске: создание, настройки сервера, файл с номером процесса."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from adapters.postgres.embedded.account import Account, current_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.folders import Folders

USER = "crm_user"
SUPERUSER = "postgres"
DATABASE = "crm_db"
READY = "ready"
"""Что надзиратель говорит тому, кто его запустил, когда сервер готов; иначе — что случилось."""

_INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    "--locale=C",
    "--data-checksums",
    "--auth=peer",
)
# Сервису хватает прав хозяина своей базы данных.
_BOOTSTRAP = f"CREATE ROLE {USER} LOGIN;\nCREATE DATABASE {DATABASE} OWNER {USER};\n"
_HBA = "local all all peer map=crm\n"

_SERVER_SETTINGS = {
    "listen_addresses": "",  # только сокет: по сети к встроенному серверу не попасть
    "port": "5432",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # В DETAIL и STATEMENT бывают адреса покупателей.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    # Журнал в pgdata/log: неделя, потом поверх.
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


@frozen
class Cluster:
    """Кластер и всё, чем его запускают.

    Attributes:
        folders: папка данных.
        account: под кем работает PostgreSQL.
        bin: папка двоичных файлов.
    """

    folders: Folders
    account: Account
    bin: Path

    def command(self) -> list[str]:
        """Команда, которая запускает сервер на переднем плане."""
        settings = {**_SERVER_SETTINGS, "unix_socket_directories": str(self.folders.sockets)}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.folders.pgdata), *flags]

    def is_ready(self, pid: int) -> bool:
        """Говорит, принимает ли соединения сервер с этим номером процесса."""
        # Строки 1 и 8 postmaster.pid: номер и состояние (src/include/utils/pidfile.h).
        lines = _pid_file_lines(self.folders.pgdata)
        return lines[:1] == [str(pid)] and [line.strip() for line in lines[7:8]] == ["ready"]


def prepare_cluster(folders: Folders, account: Account) -> Cluster:
    """Создаёт кластер, если его ещё нет, и готовит его к запуску.

    Вызывающий держит ``server_lock``: другого сервера на этом кластере нет.

    Raises:
        EmbeddedPostgresError: кластер не создать или он не той версии.
    """
    version_file = folders.pgdata / "PG_VERSION"
    major = int(version_file.read_text()) if version_file.exists() else NEWEST
    cluster = Cluster(folders, account, binaries(major, account, folders.root))
    if not version_file.exists():
        _create(cluster)
    _forget_dead_server(folders)
    return cluster


def _create(cluster: Cluster) -> None:
    """Создаёт кластер в стороне и даёт ему имя только готовому: прерванный не в счёт."""
    draft = cluster.folders.pgdata_draft
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    cluster.account.own(draft)
    _run(cluster, "initdb", ["-D", str(draft), *_INITDB_OPTIONS])
    _write(cluster, draft / "pg_hba.conf", _HBA)
    system_user = current_account().name
    identities = "".join(f"crm {system_user} {role}\n" for role in (USER, SUPERUSER))
    _write(cluster, draft / "pg_ident.conf", identities)
    single = ["--single", "-D", str(draft), "-c", "exit_on_error=on", "template1"]
    _run(cluster, "postgres", single, _BOOTSTRAP)
    draft.rename(cluster.folders.pgdata)


def _write(cluster: Cluster, path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    cluster.account.own(path)


def _run(cluster: Cluster, program: str, arguments: Sequence[str], given: str = "") -> None:
    result = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
        [cluster.bin / program, *arguments],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        **cluster.account.process_arguments(),
    )
    if result.returncode != 0:
        raise EmbeddedPostgresError(
            f"cannot create the database in {cluster.folders.root}: {complaint(result.stdout)};"
            " free space or rights there, or set CRM_DATA_DIR to another folder"
        )


def complaint(output: str) -> str:
    """Находит в выводе PostgreSQL строку, которая говорит, что не так."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if any(m in line for m in ("FATAL:", "PANIC:", "error:"))]
    return (telling or lines or ["it ended without a word"])[-1]


def _forget_dead_server(folders: Folders) -> None:
    """Удаляет ``postmaster.pid`` и замок сокета, оставшиеся от умершего сервера.

    Номер из них мог достаться постороннему живому процессу, и тогда PostgreSQL отказался бы
    запускаться. Если же на этом кластере запустили сервер руками, всё остаётся как есть: о нём
    скажет сам PostgreSQL. Сигналов никому не шлётся.
    """
    lines = _pid_file_lines(folders.pgdata)
    if lines and _serves(lines[0], folders.pgdata):
        return
    for leftover in (folders.pgdata / "postmaster.pid", *folders.sockets.glob(".s.PGSQL.*")):
        leftover.unlink(missing_ok=True)


def _serves(pid: str, pgdata: Path) -> bool:
    """Говорит, может ли процесс быть сервером кластера: рабочая папка сервера — сам кластер."""
    if not Path("/proc/self").exists():
        return True  # без /proc не узнать: решит PostgreSQL
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == pgdata.resolve()
    except FileNotFoundError:
        return False
    except PermissionError:
        # Чужой процесс; сервер этого кластера работал бы под его хозяином, а его видно.
        return False


def _pid_file_lines(pgdata: Path) -> list[str]:
    try:
        return (pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
