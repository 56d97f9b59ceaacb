"""Программа перед PostgreSQL: пул соединений в своей папке и под учётной записью сервера."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.folders import Folders
from tests.support.embedded_server import answers
from tests.support.eventually import eventually

PORT = 5432
"""Номер в имени сокета, который пул заводит в своей папке."""

_STOP_SECONDS = 30

type Configured = Callable[[Path], Sequence[str | Path]]
"""Пишет настройки в папку и возвращает команду."""


@contextmanager
def running_pool_program(database: str, folders: Folders, configured: Configured) -> Iterator[str]:
    """Запускает пул перед базой данных, ждёт, пока он ответит, и даёт её адрес через него.

    Args:
        database: адрес базы данных.
        folders: папка данных её сервера.
        configured: готовит папку пула.
    """
    # Под root пулы не работают, а PostgreSQL впускает только своих.
    account = server_account(folders.pgdata)
    with tempfile.TemporaryDirectory(prefix="crm-api-pool-") as name:
        folder = Path(name)
        command = configured(folder)
        for path in (folder, *folder.iterdir()):
            account.own(path)
        with (folder / "output.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 — программа из пакета Debian
                command, stdout=log, stderr=subprocess.STDOUT, **account.process_arguments()
            )
        url = make_conninfo(database, host=name, port=str(PORT))
        try:
            eventually(lambda: answers(url))
            yield url
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)
