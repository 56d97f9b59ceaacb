"""Папки встроенного PostgreSQL: где они, чьи и кому открыты."""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal, TextIO

from attrs import frozen

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.instance import EmbeddedPostgresError

# sun_path из sys/un.h: 108 байт в Linux, 104 в macOS; имя сокета PostgreSQL занимает 16.
_MAX_SOCKET_FOLDER = 104 - len("/.s.PGSQL.5432") - 1
# Не TMPDIR: он у каждого процесса свой, а папку должны найти все.
_SHORT_FOLDER = Path("/tmp")  # noqa: S108 — создаётся 0700, чужая отвергается

_MARK = ".crm-api"
_DRAFT = "pgdata.new"
_WORK = (_DRAFT, "postgresql-")  # черновик и копии двоичных файлов


@frozen
class Folders:
    """Что где лежит в папке данных.

    Папку называет оператор, и в ней бывает чужое, поэтому файлы, которые пишутся поверх прежних,
    названы по сервису.

    Attributes:
        root: сама папка данных (``CRM_DATA_DIR``), путь полный и без ссылок.
    """

    root: Path

    @property
    def pgdata(self) -> Path:
        """Кластер PostgreSQL."""
        return self.root / "pgdata"

    @property
    def pgdata_draft(self) -> Path:
        """Кластер, который ещё создаётся; под своим именем он появляется только готовым."""
        return self.draft / "pgdata"

    @property
    def draft(self) -> Path:
        """Папка с нашей отметкой, в которой он создаётся: initdb требует пустой."""
        return self.root / _DRAFT

    @property
    def startup_log(self) -> Path:
        """Что сказал сервер, пока не открыл собственный журнал в ``pgdata/log``."""
        return self.root / "crm-api.startup.log"

    @property
    def supervisor_log(self) -> Path:
        """Что случилось с процессом-надзирателем."""
        return self.root / "crm-api.supervisor.log"

    @property
    def access_rules(self) -> Path:
        """Кого сервер впускает (pg_hba.conf)."""
        return self.root / "crm-api.pg_hba.conf"

    @property
    def identities(self) -> Path:
        """Какой записи системы какая роль положена (pg_ident.conf)."""
        return self.root / "crm-api.pg_ident.conf"

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
        """Папка сокета: в папке данных, а если её путь для сокета не годится — во временной."""
        folder = self.root / "run"
        name = os.fsencode(folder)
        # Запятая в libpq разделяет узлы, а адрес libpq записан в UTF-8.
        if len(name) <= _MAX_SOCKET_FOLDER and b"," not in name and is_utf8(name):
            return folder
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return _SHORT_FOLDER / f"crm-api-{digest}"


def is_utf8(name: bytes) -> bool:
    """Говорит, записано ли имя в UTF-8: в файловой системе оно — любые байты."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def open_own(path: Path, mode: Literal["w", "a"]) -> TextIO:
    """Открывает свой файл на запись; под root папка бывает чужой, и по ссылке не переходим."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW, 0o600)

    return open(path, mode, encoding="utf-8", opener=opener)


def make_marked(folder: Path) -> None:
    """Создаёт папку с отметкой: только такие и удаляет ``remove_marked``."""
    folder.mkdir(mode=0o700)
    (folder / _MARK).touch()
    sync_folder(folder)


def is_marked(folder: Path) -> bool:
    """Говорит, наша ли это папка; пустая — тоже наша: отметка могла не успеть."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return (folder / _MARK).is_file() or not any(folder.iterdir())


def foreign_entries(folders: Folders) -> list[Path]:
    """Называет, что лежит в папке данных, кроме оставленного там прерванной работой."""
    if not folders.root.exists():
        return []
    left = {
        folders.startup_log,
        folders.supervisor_log,
        folders.access_rules,
        folders.identities,
        folders.start_lock,
        folders.users_lock,
        folders.supervisor_lock,
        folders.server_lock,
        folders.root / "run",
    }
    return sorted(
        path
        for path in folders.root.iterdir()
        if path not in left and not (path.name.startswith(_WORK) and is_marked(path))
    )


def remove_marked(folder: Path) -> None:
    """Удаляет остаток прерванной работы, если он есть.

    Raises:
        EmbeddedPostgresError: под этим именем лежит чужое.
    """
    if not os.path.lexists(folder):
        return
    if not is_marked(folder):
        raise EmbeddedPostgresError(
            f"{folder} is in the way, and it is not known to be of this service: move it away"
            " or set CRM_DATA_DIR to another folder"
        )
    shutil.rmtree(folder)


def sync_folder(folder: Path) -> None:
    """Делает надёжным появление и переименование того, что в папке лежит."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_data_dir(folders: Folders, account: Account) -> None:
    """Создаёт папку данных; уже существующих папок не меняет.

    Raises:
        EmbeddedPostgresError: папку не создать, в неё нельзя писать или до неё не доберётся
            учётная запись, под которой работает PostgreSQL.
    """
    # Сперва спросить, потом создавать: при отказе не остаётся и пустой папки.
    missing = missing_folders(folders, account)
    try:
        _make(reversed(missing), 0o700 if account.is_current else 0o755)
    except OSError as error:
        raise unusable(folders.root, f"{error.strerror}: {error.filename}") from None
    if not folders.root.is_dir():
        raise unusable(folders.root, "it is not a folder")


def missing_folders(folders: Folders, account: Account) -> list[Path]:
    """Называет папки, которых на пути к папке данных нет, от неё самой; ничего не создаёт.

    Raises:
        EmbeddedPostgresError: их не создать, или до них не доберётся учётная запись, под которой
            работает PostgreSQL.
    """
    path = (folders.root, *folders.root.parents)
    try:
        missing = [folder for folder in path if not folder.exists()]
    except OSError as error:
        raise unusable(folders.root, f"{error.strerror}: {error.filename}") from None
    nearest = path[len(missing)]
    if (blocked := account.first_unreachable(nearest)) is not None:
        raise unusable(
            folders.root,
            f"PostgreSQL does not run as root, and the account {account.name} may not enter"
            f" {blocked}",
        )
    if nearest.is_dir() and not os.access(nearest, os.W_OK | os.X_OK):
        reason = "no permission to write to it"
        if missing:
            reason = f"{os.strerror(errno.EACCES)}: {missing[-1]}"
        raise unusable(folders.root, reason)
    return missing


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


def _make(missing: Iterable[Path], mode: int) -> None:
    for folder in missing:
        try:
            folder.mkdir(mode=mode)
        except FileExistsError:  # её сделал другой процесс, он же задаст и права
            continue
        folder.chmod(mode)  # маска процесса могла урезать права
        with suppress(PermissionError):  # писать в чужую папку можно и без права читать
            sync_folder(folder.parent)


def unusable(folder: Path, reason: str) -> EmbeddedPostgresError:
    """Говорит, почему папка данных не годится и что с этим делать."""
    return EmbeddedPostgresError(
        f"cannot keep data in {folder}: {reason}; set CRM_DATA_DIR to another folder"
        " or CRM_DATABASE_URL to a PostgreSQL of your own"
    )
