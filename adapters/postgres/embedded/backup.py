"""Резервная копия встроенного PostgreSQL: в файл на ходу и из файла в пустую папку."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.postgres.embedded import archive
from adapters.postgres.embedded.account import Account, server_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.embedded.client import joined
from adapters.postgres.embedded.cluster import Cluster, create
from adapters.postgres.embedded.folders import Folders, foreign_entries
from adapters.postgres.embedded.instance import EmbeddedPostgres, EmbeddedPostgresError
from adapters.postgres.embedded.marked_folders import make_marked, remove_marked, sync_folder
from adapters.postgres.embedded.replacement import put_in_place
from adapters.postgres.embedded.sole_server import asked, sole_owner, sole_server

# Номера покупателей, записанных после копии, достанутся другим. С прежним номером базы данных и
# события о них звались бы так же, и подписчик принял бы новых за повтор. Таблицы может и не быть.
_NEW_EVENT_IDS = """
DO $$ BEGIN
    IF to_regclass('event_database') IS NOT NULL THEN
        UPDATE event_database SET id = gen_random_uuid();
    END IF;
END $$
"""


def back_up(data_dir: Path, file: Path) -> None:
    """Записывает базу данных сервиса в новый файл, открытый только хозяину; служба не прерывается.

    Файл появляется под своим именем готовым и надёжно записанным.

    Raises:
        EmbeddedPostgresError: не вышло.
    """
    if os.path.lexists(file):
        raise _taken(file)
    with joined(data_dir) as server, _appearing(file) as target:
        archive.dump(server.url, target)


def restore(data_dir: Path, file: Path) -> None:
    """Делает из файла новый кластер в пустой папке данных.

    Raises:
        EmbeddedPostgresError: папка не пуста, файл не тот или не вышло; кластера тогда нет.
    """
    archive.check(file)
    _refuse_if_used(Folders(data_dir.resolve()))
    with sole_owner(data_dir) as (folders, server_lock):
        _refuse_if_used(folders)
        account = server_account(folders.pgdata)
        with new_server(folders, account, server_lock) as server:
            archive.load(server.url, file, is_own=False)
            asked(server.url, _NEW_EVENT_IDS)
        put_in_place(folders)


def _refuse_if_used(folders: Folders) -> None:
    if found := foreign_entries(folders):
        raise EmbeddedPostgresError(
            f"{folders.root} is not empty, it holds {found[0].name}: set CRM_DATA_DIR to an empty"
            " folder; nothing was changed"
        )


@contextmanager
def new_server(folders: Folders, account: Account, server_lock: int) -> Iterator[EmbeddedPostgres]:
    """Держит сервер на новом кластере в черновике; на место ставит его вызывающий.

    Raises:
        EmbeddedPostgresError: не вышло.
    """
    remove_marked(folders.draft)
    make_marked(folders.draft)
    if not account.is_current:
        folders.draft.chmod(0o711)
    draft = Folders(folders.draft)
    # Замок — самой папки: пока черновиком кто-то занят, другой его не удалит.
    cluster = Cluster(draft, account, binaries(NEWEST, account, folders.root), (server_lock,))
    try:
        create(cluster)
        with sole_server(cluster) as server:
            yield server
    except BaseException:
        remove_marked(folders.draft)
        raise
    finally:
        with suppress(OSError):  # обычно она в черновике, но путь бывает слишком длинным
            draft.sockets.rmdir()


@contextmanager
def _appearing(file: Path) -> Iterator[Path]:
    """Даёт файл, который получит своё имя, только если всё удастся."""
    try:
        descriptor, name = tempfile.mkstemp(".partial", f"{file.name}.", file.absolute().parent)
    except OSError as error:
        raise EmbeddedPostgresError(f"cannot write {file}: {error.strerror}") from None
    os.close(descriptor)
    try:
        yield Path(name)
        os.link(name, file)  # не rename: тот молча заменил бы файл, появившийся тем временем
        sync_folder(file.absolute().parent)
    except FileExistsError:
        raise _taken(file) from None
    except OSError as error:
        raise EmbeddedPostgresError(f"cannot write {file}: {error.strerror}") from None
    finally:
        Path(name).unlink()


def _taken(file: Path) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(f"{file} exists already: name another file; nothing was changed")
