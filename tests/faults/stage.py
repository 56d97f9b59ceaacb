"""Сцена одного отказа: сервис с двумя процессами, посредник, PostgreSQL."""

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import psycopg
from attrs import define, field
from psycopg.conninfo import make_conninfo

from adapters.postgres.embedded import EmbeddedPostgres, embedded_postgres
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.instance import DATABASE
from tests.faults.pooler import running_pooler
from tests.support.embedded_server import is_running, server_pid
from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.lossy_link import LossyLink, threaded_link
from tests.support.processes import descendants, freeze_tree, kill_tree, thaw_tree
from tests.support.running_service import start

_START_SECONDS = 120  # на занятой машине
_STOP_SECONDS = 30


@define
class Stage:
    """Всё, что может отказать.

    Attributes:
        folder: папка сервиса: его журнал.
        folders: папка данных встроенного PostgreSQL.
        url: где сервис слушает; порт тот же и после перезапуска.
        link: посредник между сервисом и PostgreSQL.
    """

    folder: Path
    folders: Folders
    url: str = field(init=False)
    link: LossyLink = field(init=False)
    _server: ExitStack = field(factory=ExitStack)
    _address: EmbeddedPostgres = field(init=False)
    _database: str = field(init=False)
    _service: subprocess.Popen[bytes] = field(init=False)

    @property
    def database(self) -> str:
        """Адрес базы данных для суперпользователя, мимо посредника."""
        return make_conninfo(self._address.superuser_url, dbname=DATABASE)

    def start_server(self) -> str:
        """Запускает PostgreSQL и возвращает адрес базы данных сервиса."""
        self._address = self._server.enter_context(embedded_postgres(self.folders.root))
        return self._address.url

    def stop_server(self) -> None:
        """Останавливает PostgreSQL как положено."""
        self._server.close()

    def kill_server(self) -> None:
        """Убивает все процессы PostgreSQL сразу; надзиратель запустит его снова."""
        kill_tree(server_pid(self.folders))

    def freeze_server(self) -> None:
        """Замораживает все процессы PostgreSQL."""
        freeze_tree(server_pid(self.folders))

    def thaw_server(self) -> None:
        """Размораживает их."""
        thaw_tree(server_pid(self.folders))

    def terminate_connections(self) -> None:
        """Обрывает все соединения сервиса со стороны сервера, чем бы они ни были заняты."""
        with psycopg.connect(self.database, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'crm-api' OR usename = 'crm_user'"
            )

    def start_service(self) -> None:
        """Запускает сервис."""
        port = self.url.rpartition(":")[2]
        self._service, _ = start(
            self.folder, port=port, workers="2", database_url=self._database, log_level="WARNING"
        )

    def stop_service(self) -> None:
        """Останавливает сервис как положено."""
        self._service.send_signal(signal.SIGTERM)
        self._service.wait(_STOP_SECONDS)

    def kill_service(self) -> None:
        """Убивает сервис со всеми его процессами."""
        kill_tree(self._service.pid)
        self._service.wait(_STOP_SECONDS)

    def kill_worker(self) -> None:
        """Убивает один из процессов сервиса."""
        worker = max(descendants(self._service.pid))
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: worker not in descendants(self._service.pid))

    def set_up(self, stack: ExitStack, *, is_pooled: bool) -> None:
        """Поднимает всё по порядку; закрывает его ``stack``."""
        stack.callback(eventually, lambda: not is_running(self.folders))
        stack.callback(self.stop_server)
        database = self.start_server()
        if is_pooled:
            database = stack.enter_context(running_pooler(database, self.folders))
        self.link = stack.enter_context(threaded_link(database))
        self._database = self.link.url
        self.url = f"http://127.0.0.1:{free_port()}"
        self.start_service()
        stack.callback(self._end_service)
        eventually(self._is_alive, seconds=_START_SECONDS)

    def _is_alive(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def _end_service(self) -> None:
        if self._service.poll() is None:
            self.stop_service()


@contextmanager
def stage(folder: Path, data_root: Path, *, is_pooled: bool) -> Iterator[Stage]:
    """Поднимает сцену.

    Args:
        folder: папка для сервиса.
        data_root: папка для PostgreSQL, в которую может войти и его учётная запись.
        is_pooled: стоит ли между ними PgBouncer в режиме транзакций.
    """
    built = Stage(folder, Folders(data_root / uuid.uuid4().hex))
    with ExitStack() as stack:
        built.set_up(stack, is_pooled=is_pooled)
        yield built
