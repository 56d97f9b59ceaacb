"""PgBouncer: каждая команда может прийти другому серверному соединению."""

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

PGBOUNCER = shutil.which("pgbouncer")

_SETTINGS = """\
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 5432
auth_type = any
admin_users = {user}
pool_mode = {mode}
default_pool_size = {servers}
server_login_retry = 1
ignore_startup_parameters = extra_float_digits
logfile = {folder}/pgbouncer.log
"""


@contextmanager
def running_pooler(
    database: str, folders: Folders, *, servers: int = 4, mode: str = "transaction"
) -> Iterator[str]:
    """Запускает пул с таким числом соединений перед базой данных; даёт её адрес через него."""
    assert PGBOUNCER
    server = conninfo_to_dict(database)
    # Под root пул не работает, а PostgreSQL впускает только своих.
    account = server_account(folders.pgdata)
    with tempfile.TemporaryDirectory(prefix="crm-api-pool-") as name:
        folder = Path(name)
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            _SETTINGS.format(
                host=server["host"],
                port=server.get("port") or 5432,
                user=server["user"],
                folder=folder,
                servers=servers,
                mode=mode,
            )
        )
        for path in (folder, settings):
            account.own(path)
        process = subprocess.Popen(  # noqa: S603 — программа из пакета Debian
            [PGBOUNCER, "-q", settings], **account.process_arguments()
        )
        url = make_conninfo(database, host=name, port="5432")
        try:
            eventually(lambda: _answers(url))
            yield url
        finally:
            process.terminate()
            process.wait(10)


def replace_servers(url: str) -> None:
    """Велит пулу заменить все соединения с сервером новыми, как только они освободятся."""
    with psycopg.connect(make_conninfo(url, dbname="pgbouncer"), autocommit=True) as console:
        console.execute("RECONNECT")


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, autocommit=True):
            return True
    except psycopg.OperationalError:
        return False
