"""Что где лежит в папке данных встроенного PostgreSQL."""

import hashlib
import os
from pathlib import Path
from typing import Literal, TextIO

from attrs import frozen

from adapters.postgres.embedded.marked_folders import is_marked

# sun_path из sys/un.h: 108 байт в Linux, 104 в macOS; имя сокета PostgreSQL занимает 16.
_MAX_SOCKET_FOLDER = 104 - len("/.s.PGSQL.5432") - 1
# Не TMPDIR: он у каждого процесса свой, а папку должны найти все.
_SHORT_FOLDER = Path("/tmp")  # noqa: S108 — создаётся 0700, чужая отвергается

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
