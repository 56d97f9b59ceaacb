"""Папка данных и папка сокета: кому они открыты и доберётся ли до них PostgreSQL."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.instance import EmbeddedPostgresError
from adapters.postgres.embedded.marked_folders import sync_folder


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
    if not nearest.is_dir():
        reason = f"{os.strerror(errno.ENOTDIR)}: {missing[-1]}" if missing else "it is not a folder"
        raise unusable(folders.root, reason)
    if (blocked := account.first_unreachable(nearest)) is not None:
        raise unusable(
            folders.root,
            f"PostgreSQL does not run as root, and the account {account.name} may not enter"
            f" {blocked}",
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        reason = "no permission to write to it"
        if missing:
            reason = f"{os.strerror(errno.EACCES)}: {missing[-1]}"
        raise unusable(folders.root, reason)
    return missing


def ensure_makeable(folders: Folders, missing: Sequence[Path]) -> None:
    """Проверяет, что кластер есть где создать; ничего не оставляет.

    Права ещё ничего не значат: root'у они открыты и в ``/proc``, где нового не сделать.

    Args:
        folders: папка данных.
        missing: каких папок ещё нет (``missing_folders``).

    Raises:
        EmbeddedPostgresError: негде.
    """
    nearest = missing[-1].parent if missing else folders.root
    with suppress(AttributeError, OSError):  # файл без имени: их умеют не все системы
        os.close(os.open(nearest, os.O_TMPFILE | os.O_WRONLY, 0o600))
        return
    try:
        Path(tempfile.mkdtemp(prefix="crm-api-trial-", dir=nearest)).rmdir()
    except OSError as error:
        reason = f"nothing can be made in it ({error.strerror})"
        if missing:
            reason = f"{error.strerror}: {missing[-1]}"
        raise unusable(folders.root, reason) from None


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
