"""Встроенный PostgreSQL глазами тестов: процессы, соединения, другой пользователь."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, embedded_postgres
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.locks import is_locked
from tests.support.project import ROOT

IS_ROOT = os.geteuid() == 0
linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="/proc and PR_SET_PDEATHSIG are Linux's"
)
own_server_only = pytest.mark.skipif(
    "CRM_TEST_DATABASE_URL" in os.environ, reason="the server was not started by these tests"
)
root_only = pytest.mark.skipif(
    not IS_ROOT, reason="only under root PostgreSQL takes another account"
)
CLIENT = """
import sys
from pathlib import Path
from adapters.postgres.embedded import embedded_postgres

with embedded_postgres(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def is_running(folders: Folders) -> bool:
    return folders.server_lock.exists() and is_locked(folders.server_lock)


def server_pid(folders: Folders) -> int:
    return int((folders.pgdata / "postmaster.pid").read_text().splitlines()[0])


def supervisor_pid(folders: Folders) -> int:
    """Надзиратель — родитель сервера, которого запустил этот же тест."""
    status = Path(f"/proc/{server_pid(folders)}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def query(url: str, statement: str = "SELECT 1") -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def answers(url: str) -> bool:
    try:
        query(url)
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def client_process(
    folders: Folders, *, prefix: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Другой процесс, который пользуется сервером, пока открыт контекст.

    Args:
        folders: папка данных.
        prefix: чем запустить процесс, если не прямо.
    """
    with subprocess.Popen(  # noqa: S603 — запускается свой же код
        [*prefix, sys.executable, "-c", CLIENT, str(folders.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        process_group=0,
    ) as process:
        assert process.stdout
        yield process, process.stdout.readline().strip()


def refusal(data_dir: Path) -> str:
    """Одна строка, которой кончилась попытка запустить сервер."""
    with pytest.raises(EmbeddedPostgresError) as caught, embedded_postgres(data_dir):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)
