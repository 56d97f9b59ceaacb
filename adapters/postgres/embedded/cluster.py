"""Кластер PostgreSQL на диске: готовый или новый — целиком или никак, и чем его запускают."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from adapters.postgres.embedded.account import Account, current_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.embedded.folders import Folders, open_own
from adapters.postgres.embedded.instance import DATABASE, SUPERUSER, USER, EmbeddedPostgresError
from adapters.postgres.embedded.marked_folders import make_marked, remove_marked, sync_folder
from adapters.postgres.embedded.replacement import settle
from adapters.postgres.embedded.server_files import complaint, forget_dead_server

_ACCESS_RULES = "local all all peer map=crm\n"

_SERVER_SETTINGS = {
    "listen_addresses": "",  # только сокет: по сети к встроенному серверу не попасть
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # В DETAIL и STATEMENT бывают адреса покупателей.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    # Журнал в pgdata/log: неделя, потом поверх.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}

_PR_SET_PDEATHSIG = 1  # prctl(2)


@frozen
class Cluster:
    """Кластер и всё, чем его запускают.

    Attributes:
        folders: папка данных.
        account: под кем работает PostgreSQL.
        bin: папка двоичных файлов.
        inherited: дескрипторы замков, которые достаются всем процессам кластера.
    """

    folders: Folders
    account: Account
    bin: Path
    inherited: tuple[int, ...] = ()

    def command(self) -> list[str]:
        """Команда, которая запускает сервер на переднем плане."""
        settings = {
            **_SERVER_SETTINGS,
            "unix_socket_directories": str(self.folders.sockets),
            "hba_file": str(self.folders.access_rules),
            "ident_file": str(self.folders.identities),
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.folders.pgdata), *flags]

    def process_arguments(self, orphan_signal: signal.Signals) -> dict[str, Any]:
        """Аргументы ``subprocess`` для процесса этого кластера.

        Args:
            orphan_signal: чем ядру остановить процесс, если надзирателя убьют.
        """
        return {
            **self.account.process_arguments(),
            "pass_fds": self.inherited,
            "process_group": 0,  # сигналы группы надзирателя сюда не доходят
            "preexec_fn": dies_with_parent(orphan_signal),
        }

    def write_access_rules(self) -> None:
        """Пишет, кого сервер впускает.

        При каждом запуске, и не в кластер, а рядом: хозяин кластера мог смениться (то же самое
        под root), а root не пишет в папку, которой правит другая запись.
        """
        # root и так может стать кем угодно, а команды оператора идут и под ним.
        system_users = dict.fromkeys((current_account().name, self.account.name, "root"))
        identities = [
            f'crm "{name}" {role}\n' for name in system_users for role in (USER, SUPERUSER)
        ]
        self._write(self.folders.access_rules, _ACCESS_RULES)
        self._write(self.folders.identities, "".join(identities))

    def _write(self, path: Path, content: str) -> None:
        with open_own(path, "w") as file:
            if not self.account.is_current:
                os.fchown(file.fileno(), self.account.uid, self.account.gid)
            file.write(content)


def dies_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """Готовит просьбу к ядру остановить процесс со смертью родителя (только Linux)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, orphan_signal)
        if os.getppid() != parent:  # убили раньше, чем дошла просьба
            os._exit(1)

    return ask


_TIMEOUT = 100.0  # секунд на каждый шаг; на медленном диске долог fsync
_INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    # Порядок по байтам, как в C, но регистр известен у всех букв: ILIKE находит и «Иван», и
    # «иван». От libc системы не зависит, поэтому её обновление не портит индексов.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth=peer",
)
# Сервису хватает прав хозяина своей базы данных.
_BOOTSTRAP = f"CREATE ROLE {USER} LOGIN;\nCREATE DATABASE {DATABASE} OWNER {USER};\n"


def prepare_cluster(folders: Folders, account: Account, *inherited: int) -> Cluster:
    """Создаёт кластер, если его ещё нет, и готовит его к запуску.

    Вызывающий держит ``server_lock``: другого сервера на этом кластере нет.

    Args:
        folders: папка данных.
        account: под кем работает PostgreSQL.
        inherited: дескрипторы замков, которые достаются всем процессам кластера.

    Raises:
        EmbeddedPostgresError: кластер не создать, он не той версии или это не кластер.
    """
    settle(folders)
    found = major_version(folders)
    bin_folder = binaries(found or NEWEST, account, folders.root)
    cluster = Cluster(folders, account, bin_folder, inherited)
    if found is None:
        create(cluster)
    cluster.write_access_rules()
    forget_dead_server(folders)
    return cluster


def major_version(folders: Folders) -> int | None:
    """Читает старшую версию кластера; ``None``, если его ещё нет.

    Raises:
        EmbeddedPostgresError: в папке не кластер, или он повреждён.
    """
    pgdata = folders.pgdata
    if not pgdata.exists() or not any(pgdata.iterdir()):
        return None
    try:
        return int((pgdata / "PG_VERSION").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise EmbeddedPostgresError(
            f"{pgdata} holds no PostgreSQL data or damaged ones (see PG_VERSION in it):"
            " restore it from a backup, move it away or set CRM_DATA_DIR to another folder"
        ) from None


def create(cluster: Cluster) -> None:
    """Создаёт кластер в стороне и даёт ему имя только готовому: прерванный не в счёт.

    Raises:
        EmbeddedPostgresError: не вышло.
    """
    folders = cluster.folders
    draft = folders.pgdata_draft
    remove_marked(folders.draft)
    make_marked(folders.draft)
    if not cluster.account.is_current:
        folders.draft.chmod(0o711)
    draft.mkdir(mode=0o700)
    cluster.account.own(draft)
    _run(cluster, "initdb", ["-D", str(draft), *_INITDB_OPTIONS])
    single = ["--single", "-D", str(draft), "-c", "exit_on_error=on", "template1"]
    _run(cluster, "postgres", single, _BOOTSTRAP)
    draft.rename(folders.pgdata)
    # Без этого сбой питания вернул бы имя черновика, а черновик при запуске удаляется.
    sync_folder(folders.root)
    remove_marked(folders.draft)


def _run(cluster: Cluster, program: str, arguments: Sequence[str], given: str = "") -> None:
    try:
        result = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            [cluster.bin / program, *arguments],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_TIMEOUT,
            **cluster.process_arguments(signal.SIGKILL),  # в черновике данных ещё нет
        )
    except subprocess.TimeoutExpired:
        raise _refusal(cluster, f"{program} took longer than {_TIMEOUT:.0f} s") from None
    if result.returncode != 0:
        raise _refusal(cluster, complaint(result.stdout))


def _refusal(cluster: Cluster, reason: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"cannot create the database in {cluster.folders.root}: {reason};"
        " free space or rights there, or set CRM_DATA_DIR to another folder"
    )
