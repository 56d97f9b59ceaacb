"""pgpool-II перед одним сервером: запросы разбирает сам, а соединение клиента держит за ним."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.folders import Folders
from tests.support.eventually import eventually

# Debian кладёт его туда, где у обычного пользователя PATH не ищет.
PGPOOL = shutil.which("pgpool") or shutil.which("pgpool", path="/usr/sbin")

_SETTINGS = """\
backend_clustering_mode = 'streaming_replication'
listen_addresses = ''
port = 5432
socket_dir = '{folder}'
pcp_listen_addresses = ''
pcp_socket_dir = '{folder}'
pid_file_name = '{folder}/pgpool.pid'
logdir = '{folder}'
work_dir = '{folder}'
backend_hostname0 = '{host}'
backend_port0 = {port}
backend_flag0 = 'ALWAYS_PRIMARY|DISALLOW_TO_FAILOVER'
num_init_children = 8
sr_check_period = 0
"""


@contextmanager
def running_pgpool(database: str, folders: Folders) -> Iterator[str]:
    """Запускает pgpool-II перед базой данных; даёт её адрес через него."""
    assert PGPOOL
    server = conninfo_to_dict(database)
    account = server_account(folders.pgdata)
    with tempfile.TemporaryDirectory(prefix="crm-api-pgpool-") as name:
        folder = Path(name)
        settings, commands = folder / "pgpool.conf", folder / "pcp.conf"
        port = server.get("port") or 5432
        settings.write_text(_SETTINGS.format(folder=folder, host=server["host"], port=port))
        commands.touch()
        for path in (folder, settings, commands):
            account.own(path)
        with (folder / "pgpool.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 — программа из пакета Debian
                [PGPOOL, "-n", "-f", settings, "-F", commands],
                stdout=log,
                stderr=subprocess.STDOUT,
                **account.process_arguments(),
            )
        url = make_conninfo(database, host=name, port="5432")
        try:
            eventually(lambda: _answers(url))
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, autocommit=True):
            return True
    except psycopg.OperationalError:
        return False
