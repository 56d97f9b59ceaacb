"""Учётная запись, под которой работает PostgreSQL: под root он работать отказывается."""

import os
import pwd
import stat
from pathlib import Path
from typing import Any

from attrs import frozen

from adapters.postgres.embedded.errors import EmbeddedPostgresError

_CANDIDATES = ("postgres", "nobody")


@frozen
class Account:
    """Учётная запись операционной системы."""

    name: str
    uid: int
    gid: int

    @property
    def is_current(self) -> bool:
        """Та же ли это запись, под которой работает этот процесс."""
        return self.uid == os.geteuid()

    def own(self, path: Path) -> None:
        """Отдаёт записи папку или файл, которые сделал этот процесс."""
        if not self.is_current:
            os.chown(path, self.uid, self.gid)

    def process_arguments(self) -> dict[str, Any]:
        """Аргументы ``subprocess``, с которыми процесс работает под этой записью."""
        if self.is_current:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def first_unreachable(self, path: Path) -> Path | None:
        """Находит первую папку на пути, в которую записи не войти; ``None``, если путь открыт."""
        folders = [path, *path.parents] if path.is_dir() else list(path.parents)
        return next((f for f in reversed(folders) if not self._may(f, stat.S_IXOTH)), None)

    def may_read(self, path: Path) -> bool:
        """Говорит, прочтёт ли запись этот файл."""
        return self.first_unreachable(path) is None and self._may(path, stat.S_IROTH)

    def _may(self, path: Path, right: int) -> bool:
        if self.is_current:
            # Свои права, с дополнительными группами вместе, знает ядро; биты stat и access
            # для «прочих» одни и те же.
            return os.access(path, right)
        found = path.stat()
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return bool(found.st_mode & (right << shift))


def current_account() -> Account:
    """Возвращает запись этого процесса.

    Raises:
        EmbeddedPostgresError: у неё нет имени, а PostgreSQL без него не работает.
    """
    try:
        return _account(pwd.getpwuid(os.geteuid()))
    except KeyError:
        raise EmbeddedPostgresError(
            f"the account with uid {os.geteuid()} has no name, and PostgreSQL needs one:"
            " add it to /etc/passwd or set CRM_DATABASE_URL"
        ) from None


def server_account(pgdata: Path) -> Account:
    """Выбирает запись для PostgreSQL: свою, а под root — хозяина кластера или служебную.

    Raises:
        EmbeddedPostgresError: подходящей записи в системе нет.
    """
    if os.geteuid() != 0:
        return current_account()
    if pgdata.exists() and (owner := pgdata.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner))
    for name in _CANDIDATES:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root and there is no account {' or '.join(_CANDIDATES)}:"
        " run as an ordinary user or set CRM_DATABASE_URL"
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
