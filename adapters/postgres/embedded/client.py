"""Пользователь встроенного PostgreSQL: запустить сервер или присоединиться к запущенному."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg.pq
from attrs import frozen

from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.cluster import DATABASE, READY, SUPERUSER, USER
from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.folders import Folders, make_data_dir
from adapters.postgres.embedded.locks import LockTimeoutError, is_locked, lock

_START = 120.0  # секунд: создание кластера и восстановление после сбоя
_STOP = 70.0  # секунд на остановку, которой ждёт последний пользователь
_PAUSE = 0.02
_SUPERVISOR = "adapters.postgres.embedded.supervisor"
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_PACKAGES = Path(__file__).parents[3]


@frozen
class EmbeddedPostgres:
    """Работающий сервер.

    Attributes:
        sockets: папка его сокета.
    """

    sockets: Path

    @property
    def url(self) -> str:
        """Адрес libpq базы данных сервиса для её хозяина."""
        return self._url(USER, DATABASE)

    @property
    def superuser_url(self) -> str:
        """Адрес libpq для администратора сервера."""
        return self._url(SUPERUSER, SUPERUSER)

    def _url(self, user: str, database: str) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.sockets), safe='')}&port=5432"


@contextmanager
def embedded_postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """Держит сервер запущенным, пока открыт контекст.

    Процессы с одной папкой делят один сервер; он останавливается, когда уходит последний, и
    последний этого дожидается.

    Raises:
        EmbeddedPostgresError: сервер не запустить.
    """
    folders = Folders(data_dir)
    make_data_dir(folders, server_account(folders.pgdata))
    spawned: int | None = None
    try:
        with ExitStack() as stack:
            with _one_at_a_time(folders):
                # Замок пользователей берётся до запуска: без них надзиратель не живёт.
                stack.enter_context(lock(folders.users_lock, shared=True, timeout=_STOP))
                spawned = _ensure_running(folders)
            yield EmbeddedPostgres(folders.sockets)
    finally:
        _wait_until_stopped(folders)
        if spawned is not None:
            with suppress(ChildProcessError):  # его мог дождаться и тот, кто нас позвал
                os.waitpid(spawned, os.WNOHANG)


@contextmanager
def _one_at_a_time(folders: Folders) -> Iterator[None]:
    try:
        with lock(folders.start_lock, timeout=_START):
            yield
    except LockTimeoutError:
        raise EmbeddedPostgresError(
            f"another process has been starting or stopping PostgreSQL in {folders.root} for too"
            f" long: see {folders.supervisor_log}"
        ) from None


def _ensure_running(folders: Folders) -> int | None:
    """Ждёт готовности чужого сервера или запускает свой и возвращает номер надзирателя."""
    deadline = time.monotonic() + _START
    ping_address = EmbeddedPostgres(folders.sockets).url.encode()
    while time.monotonic() < deadline:
        if not is_locked(folders.supervisor_lock):
            return _spawn(folders)
        if psycopg.pq.PGconn.ping(ping_address) == psycopg.pq.Ping.OK:
            return None
        time.sleep(_PAUSE)
    raise EmbeddedPostgresError(
        f"PostgreSQL in {folders.root} does not answer: see {folders.pgdata}/log"
    )


def _spawn(folders: Folders) -> int:
    """Запускает надзирателя в собственном сеансе и ждёт его слова."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, encoding="utf-8") as said:
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-P", "-m", _SUPERVISOR, str(folders.root)],
                # Ничего лишнего: переменные PG* этого процесса сбили бы сервер с толку.
                {"PYTHONPATH": str(_PACKAGES), "PATH": os.defpath},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, write_end, 1),
                    (os.POSIX_SPAWN_OPEN, 2, str(folders.supervisor_log), _APPEND, 0o600),
                ],
                # Свой сеанс: Ctrl-C и закрытие терминала до сервера не доходят.
                setsid=True,
            )
        finally:
            os.close(write_end)
        line = said.readline().strip()
    if line == READY:
        return pid
    os.waitpid(pid, 0)
    raise EmbeddedPostgresError(
        line or f"PostgreSQL's supervisor ended without a word: see {folders.supervisor_log}"
    )


def _wait_until_stopped(folders: Folders) -> None:
    """Ждёт остановки сервера, если больше он никому не нужен."""
    deadline = time.monotonic() + _STOP
    while is_locked(folders.server_lock) and time.monotonic() < deadline:
        is_stopping = is_locked(folders.users_lock, against_shared=True)
        if not is_stopping and is_locked(folders.users_lock):
            return  # им пользуется кто-то ещё
        time.sleep(_PAUSE)
