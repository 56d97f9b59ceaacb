"""Папки с отметкой: по ней остаток своей прерванной работы отличается от чужого."""

import os
import shutil
from pathlib import Path

from adapters.postgres.embedded.instance import EmbeddedPostgresError

_MARK = ".crm-api"


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
