"""Учётная запись, под которой работает PostgreSQL: под root он работать отказывается."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

from attrs import frozen

from adapters.postgres.embedded.instance import EmbeddedPostgresError

_CANDIDATES = ("postgres", "nobody")
_FIRST_CLOSED = 'for f; do test -x "$f" || { printf %s "$f"; exit; }; done'


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
        """Отдаёт записи папку, которую сделал этот процесс."""
        if not self.is_current:
            # Не по ссылке: если ею подменили папку, чужое сменило бы хозяина.
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def process_arguments(self) -> dict[str, Any]:
        """Аргументы ``subprocess``, с которыми процесс работает под этой записью."""
        if self.is_current:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}

    def first_unreachable(self, path: Path) -> Path | None:
        """Находит первую папку на пути, в которую записи не войти; ``None``, если путь открыт."""
        if self.is_current:
            return None
        # Решает ядро, а не разбор прав: кроме них бывают списки доступа (ACL).
        found = subprocess.run(  # noqa: S603 — команда постоянна, папки идут аргументами
            ["/bin/sh", "-c", _FIRST_CLOSED, "sh", *reversed(path.parents), path],
            stdout=subprocess.PIPE,
            check=True,
            **self.process_arguments(),
        ).stdout
        return Path(os.fsdecode(found)) if found else None


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
    if pgdata.exists() and (owner := pgdata.stat()).st_uid != 0:
        try:
            return _account(pwd.getpwuid(owner.st_uid))
        except KeyError:  # том из контейнера: имени здесь нет, хватит и номера
            return Account(f"uid {owner.st_uid}", owner.st_uid, owner.st_gid)
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
