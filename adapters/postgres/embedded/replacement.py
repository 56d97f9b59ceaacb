"""Новый кластер на место прежнего: целиком или никак, в какой бы миг процесс ни убили.

Имя ``pgdata`` свободно лишь миг между двумя переименованиями. Кто застанет папку такой, доведёт
замену до конца: черновик с отметкой ``complete`` готов, и без него запуск создал бы пустой кластер.
"""

from pathlib import Path

from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.marked_folders import is_marked, remove_marked, sync_folder

_COMPLETE = "complete"


def put_in_place(folders: Folders, kept: Path | None = None) -> None:
    """Ставит готовый черновик на место кластера.

    Вызывающий держит ``server_lock``, и серверов на обоих кластерах нет.

    Args:
        folders: папка данных.
        kept: под каким именем остаётся прежний кластер; ``None`` — прежнего нет.
    """
    (folders.draft / _COMPLETE).touch()
    sync_folder(folders.draft)
    if kept is not None:
        folders.pgdata.rename(kept)
        sync_folder(folders.root)
    _finish(folders)


def settle(folders: Folders) -> None:
    """Доводит прерванную замену до конца или забывает её; вызывающий держит ``server_lock``."""
    if is_unfinished(folders):
        _finish(folders)
    elif folders.pgdata.exists() and is_marked(folders.draft):
        # В нём — покупатели, а отметка «готов» с первой новой записью стала бы неправдой.
        remove_marked(folders.draft)


def is_unfinished(folders: Folders) -> bool:
    """Говорит, застала ли прежнего хозяина смерть между двумя переименованиями."""
    return (
        not folders.pgdata.exists()
        and is_marked(folders.draft)
        and (folders.draft / _COMPLETE).exists()
        and folders.pgdata_draft.exists()
    )


def _finish(folders: Folders) -> None:
    folders.pgdata_draft.rename(folders.pgdata)
    # Без этого сбой питания вернул бы имя черновика, а черновик при запуске удаляется.
    sync_folder(folders.root)
    remove_marked(folders.draft)
