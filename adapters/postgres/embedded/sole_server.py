"""Сервер на кластере, которым сейчас не пользуется больше никто: потомок этого же процесса."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg

from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.cluster import Cluster
from adapters.postgres.embedded.folder_access import make_data_dir, make_socket_folder, unusable
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.instance import EmbeddedPostgres, EmbeddedPostgresError
from adapters.postgres.embedded.locks import LockTimeoutError, is_locked, lock
from adapters.postgres.embedded.server import PostgresServer
from adapters.postgres.embedded.server_files import StartLog, forget_dead_server
from adapters.postgres.refusal_text import said

_TIMEOUT = 70.0  # секунд: за столько останавливается сервер, хозяина которого убили


@contextmanager
def sole_owner(data_dir: Path) -> Iterator[tuple[Folders, int]]:
    """Держит все замки папки данных; даёт папки и дескриптор ``server_lock``.

    Raises:
        EmbeddedPostgresError: папкой пользуются, или она не годится.
    """
    folders = Folders(data_dir.resolve())
    try:
        make_data_dir(folders, server_account(folders.pgdata))
        # Пока замок запуска здесь, новых пользователей не будет, а прежних видно по их замку.
        with lock(folders.start_lock, timeout=_TIMEOUT):
            if is_locked(folders.users_lock):
                raise EmbeddedPostgresError(
                    f"the database in {folders.root} is in use: stop the service and every"
                    " crm-api that works with it, then try again; nothing was changed"
                )
            with (
                lock(folders.supervisor_lock, timeout=_TIMEOUT),
                lock(folders.server_lock, timeout=_TIMEOUT) as server_lock,
            ):
                yield folders, server_lock
    except LockTimeoutError:
        raise EmbeddedPostgresError(
            f"another process has been starting or stopping PostgreSQL in {folders.root} for too"
            f" long: see {folders.supervisor_log}; nothing was changed"
        ) from None
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise unusable(data_dir, str(error)) from None


@contextmanager
def sole_server(cluster: Cluster) -> Iterator[EmbeddedPostgres]:
    """Держит сервер запущенным, пока открыт контекст; замки папки уже у вызывающего.

    Raises:
        EmbeddedPostgresError: сервер не запустился.
    """
    folders = cluster.folders
    make_socket_folder(folders, cluster.account)
    cluster.write_access_rules()
    forget_dead_server(folders)
    log = StartLog(folders)
    server = PostgresServer(cluster)
    try:
        server.wait_until_ready(log)
        yield EmbeddedPostgres(folders.sockets)
    finally:
        server.stop()


def asked(
    url: str, statement: LiteralString, values: Mapping[str, str] | None = None
) -> list[tuple[str]]:
    """Исполняет команду и возвращает строки ответа.

    Raises:
        EmbeddedPostgresError: сервер отказал.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        told = said(error) if error.sqlstate else " ".join(str(error).split())
        raise EmbeddedPostgresError(told) from None
