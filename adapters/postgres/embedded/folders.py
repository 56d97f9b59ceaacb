"""Папки встроенного PostgreSQL: где они, чьи и кому открыты."""

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from attrs import frozen

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.errors import EmbeddedPostgresError

# sun_path из sys/un.h: 108 байт в Linux, 104 в macOS; имя сокета PostgreSQL занимает 16.
_MAX_SOCKET_FOLDER = 104 - len("/.s.PGSQL.5432") - 1


def default_data_dir() -> Path:
    """Даёт папку данных по умолчанию: своя у каждого пользователя.

    У root она в ``/var/lib``: домашняя папка root закрыта, а PostgreSQL под root не работает.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/crm-api")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "crm-api"
    # XDG Base Directory Specification.
    data_home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data_home) / "crm-api"


@frozen
class Folders:
    """Что где лежит в папке данных.

    Attributes:
        root: сама папка данных (``CRM_DATA_DIR``).
    """

    root: Path

    @property
    def pgdata(self) -> Path:
        """Кластер PostgreSQL."""
        return self.root / "pgdata"

    @property
    def pgdata_draft(self) -> Path:
        """Кластер, который ещё создаётся; под своим именем он появляется только готовым."""
        return self.root / "pgdata.new"

    @property
    def startup_log(self) -> Path:
        """Что сказал сервер, пока не открыл собственный журнал в ``pgdata/log``."""
        return self.root / "startup.log"

    @property
    def supervisor_log(self) -> Path:
        """Что случилось с процессом-надзирателем."""
        return self.root / "supervisor.log"

    @property
    def start_lock(self) -> Path:
        """Держит тот, кто запускает сервер или присоединяется к нему."""
        return self.root / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Держат на чтение все, кто пользуется сервером."""
        return self.root / "users.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Держит процесс-надзиратель."""
        return self.root / "supervisor.lock"

    @property
    def server_lock(self) -> Path:
        """Держат надзиратель и все процессы PostgreSQL, которым замок достался по наследству."""
        return self.root / "server.lock"

    @property
    def sockets(self) -> Path:
        """Папка сокета: в папке данных, а если её путь для сокета длинен — во временной."""
        folder = self.root / "run"
        if len(os.fsencode(folder)) <= _MAX_SOCKET_FOLDER:
            return folder
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"crm-api-{os.geteuid()}-{digest}"


def make_data_dir(folders: Folders, account: Account) -> None:
    """Создаёт папку данных; уже существующих папок не меняет.

    Raises:
        EmbeddedPostgresError: папку не создать, в неё нельзя писать или до неё не доберётся
            учётная запись, под которой работает PostgreSQL.
    """
    mode = 0o700 if account.is_current else 0o755
    path = (folders.root, *folders.root.parents)
    missing = [folder for folder in path if not folder.exists()]
    if (blocked := account.first_unreachable(path[len(missing)])) is not None:
        raise _unusable(
            folders.root,
            f"PostgreSQL does not run as root, and the account {account.name} may not enter"
            f" {blocked}",
        )
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=mode, exist_ok=True)
            folder.chmod(mode)  # маска процесса могла урезать права
    except OSError as error:
        raise _unusable(folders.root, f"{error.strerror}: {error.filename}") from None
    if not folders.root.is_dir() or not os.access(folders.root, os.W_OK | os.X_OK):
        raise _unusable(folders.root, "no permission to write to it")


def make_socket_folder(folders: Folders, account: Account) -> None:
    """Создаёт папку сокета, открытую только учётной записи сервера.

    Raises:
        EmbeddedPostgresError: под этим именем лежит чужое.
    """
    folder = folders.sockets
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid in {account.uid, os.geteuid()}
        if not is_ours or found.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"the folder for PostgreSQL's socket {folder} belongs to somebody else:"
                " remove it or set a shorter CRM_DATA_DIR"
            ) from None
    account.own(folder)


def _unusable(folder: Path, reason: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"cannot keep data in {folder}: {reason}; set CRM_DATA_DIR to another folder"
        " or CRM_DATABASE_URL to a PostgreSQL of your own"
    )
