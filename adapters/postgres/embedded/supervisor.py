"""Процесс-надзиратель: запускает PostgreSQL своим потомком и останавливает его.

Живёт, пока у сервера есть хоть один пользователь, и узнаёт об этом по замку, поэтому ему всё
равно, ушёл последний сам или убит.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.cluster import prepare_cluster
from adapters.postgres.embedded.folder_access import make_socket_folder
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.instance import EmbeddedPostgresError
from adapters.postgres.embedded.locks import LockTimeoutError, lock
from adapters.postgres.embedded.server import PostgresServer
from adapters.postgres.embedded.server_files import StartLog

READY = "ready"
"""Что надзиратель говорит тому, кто его запустил, когда сервер готов; иначе — что случилось."""

_POLL = 0.1  # секунд между взглядами на потомка и на замок пользователей
_OLD_SERVER = 70.0  # секунд, за которые останавливается сервер убитого надзирателя
_STDOUT = 1


def main() -> None:
    """Запускает сервер и держит его до последнего пользователя.

    Аргументы: папка данных и дескриптор замка ``start_lock``.
    """
    # Родитель кончается сразу, и надзирателя усыновляет init: запустившему не надо его ждать.
    if os.fork():
        os._exit(0)
    os.chdir("/")
    os.umask(0o077)
    folders, start_lock = Folders(Path(sys.argv[1])), int(sys.argv[2])
    is_told_to_stop = _listen_to_sigterm()
    with ExitStack() as stack:
        try:
            server = _started(folders, stack)
        except LockTimeoutError:
            _report(
                f"a PostgreSQL without a supervisor still works in {folders.root}: stop it with"
                f" kill -INT, its process id is the first line of {folders.pgdata}/postmaster.pid"
            )
        except EmbeddedPostgresError as error:
            _report(str(error))
        except OSError as error:
            _report(
                f"cannot start PostgreSQL in {folders.root}: {error}; free space or rights there,"
                " or set CRM_DATA_DIR to another folder"
            )
        else:
            _report(READY)
            # До сих пор замок держали и мы: запустившего могли убить, а следующий должен ждать.
            os.close(start_lock)
            _supervise(server, folders.users_lock, is_told_to_stop)


def _listen_to_sigterm() -> Callable[[], bool]:
    """Начинает слушать SIGTERM (система останавливается) и даёт вопрос, пришёл ли он."""
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    # Маску сигналов потомку оставляет тот поток, который его запустил: она бывает любой.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    return lambda: bool(received)


def _started(folders: Folders, stack: ExitStack) -> PostgresServer:
    stack.enter_context(lock(folders.supervisor_lock))
    server_lock = stack.enter_context(lock(folders.server_lock, timeout=_OLD_SERVER))
    account = server_account(folders.pgdata)
    make_socket_folder(folders, account)
    cluster = prepare_cluster(folders, account, server_lock)
    log = StartLog(folders)
    server = PostgresServer(cluster)
    server.wait_until_ready(log)
    return server


def _report(line: str) -> None:
    """Говорит запустившему, чем кончился запуск; больше ему ничего не пишется."""
    with suppress(BrokenPipeError):  # его уже нет
        os.write(_STDOUT, f"{' '.join(line.split())}\n".encode(errors="surrogateescape"))
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)


def _supervise(
    server: PostgresServer, users_lock: Path, is_told_to_stop: Callable[[], bool]
) -> None:
    while not is_told_to_stop():
        try:
            # Пока замок у нас, новый пользователь ждёт: он запустит сервер заново.
            with lock(users_lock):
                server.stop()
                return
        except LockTimeoutError:
            server.revive()
            time.sleep(_POLL)
    server.stop()


if __name__ == "__main__":
    main()
