"""PgBouncer: каждая команда может прийти другому серверному соединению."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.embedded.folders import Folders
from tests.faults.pool_program import PORT, running_pool_program
from tests.support.required_programs import required

_SETTINGS = """\
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {own_port}
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

    def configured(folder: Path) -> Sequence[str | Path]:
        server = conninfo_to_dict(database)
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            _SETTINGS.format(
                host=server["host"],
                port=server.get("port") or 5432,
                user=server["user"],
                folder=folder,
                own_port=PORT,
                servers=servers,
                mode=mode,
            )
        )
        return [required("pgbouncer"), "-q", settings]

    with running_pool_program(database, folders, configured) as url:
        yield url


def replace_servers(url: str) -> None:
    """Велит пулу заменить все соединения с сервером новыми, как только они освободятся."""
    with psycopg.connect(make_conninfo(url, dbname="pgbouncer"), autocommit=True) as console:
        console.execute("RECONNECT")
