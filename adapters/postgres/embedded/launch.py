"""Запуск процессов кластера: команда, настройки, замок по наследству, кого сервер впускает."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

from adapters.postgres.embedded.account import Account, current_account
from adapters.postgres.embedded.folders import Folders, open_own
from adapters.postgres.embedded.instance import SUPERUSER, USER

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
            "preexec_fn": _dies_with_parent(orphan_signal),
        }

    def write_access_rules(self) -> None:
        """Пишет, кого сервер впускает.

        При каждом запуске, и не в кластер, а рядом: хозяин кластера мог смениться (то же самое
        под root), а root не пишет в папку, которой правит другая запись.
        """
        system_users = dict.fromkeys((current_account().name, self.account.name))
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


def _dies_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
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
