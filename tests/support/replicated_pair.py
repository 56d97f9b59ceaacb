"""Два узла PostgreSQL, собранные вручную: ведущий и ведомый, без всякого присмотра."""

import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from attrs import define, frozen

from adapters.postgres.embedded.account import Account, server_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from tests.support.eventually import eventually
from tests.support.processes import freeze_tree, kill_tree, thaw_tree

_STOP_SECONDS = 30
# Ждать конца внутри самой команды нельзя: её снимок держит проигрывание журнала, а она — его конца.
_PROMOTE = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_promote(wait => false) END"
_IS_PRIMARY = "SELECT NOT pg_is_in_recovery()"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # Застывшего ведомого ведущий забывает через секунду: дальше в его сокет не идёт ничего.
    "wal_sender_timeout": "1s",
}


@define
class Node:
    """Узел.

    Attributes:
        folder: папка: в ней данные, сокет и журнал.
    """

    folder: Path
    _account: Account
    _bin: Path
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Адрес для суперпользователя."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    @property
    def data(self) -> Path:
        """Папка кластера."""
        return self.folder / "data"

    def create(self) -> None:
        """Создаёт кластер."""
        # Впускают всех, но сам сокет открыт одному хозяину.
        options = ("--username=postgres", "--encoding=UTF8", "--locale=C", "--auth=trust")
        subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            [self._bin / "initdb", "-D", self.data, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._account.process_arguments(),
        )

    def follow(self, leader: "Node") -> None:
        """Становится ведомым остановленного узла: копия его папки и есть базовая копия."""
        shutil.copytree(leader.data, self.data)
        (self.data / "standby.signal").touch()
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = 'host={leader.folder} user=postgres'\n")
        for path in (self.data, *self.data.rglob("*")):
            self._account.own(path)

    def start(self, **settings: str) -> None:
        """Запускает сервер и ждёт, пока он ответит."""
        chosen = {**_SETTINGS, "unix_socket_directories": str(self.folder), **settings}
        flags = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 — файл из нашей же зависимости
                [self._bin / "postgres", "-D", self.data, *flags],
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._account.process_arguments(),
            )
        eventually(self._answers)

    def stop(self) -> None:
        """Останавливает сервер, если он работает."""
        if self._process and self._process.poll() is None:
            thaw_tree(self._process.pid)
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_STOP_SECONDS)

    def freeze(self) -> None:
        """Замораживает все процессы сервера."""
        assert self._process
        freeze_tree(self._process.pid)

    def thaw(self) -> None:
        """Размораживает их."""
        assert self._process
        thaw_tree(self._process.pid)

    def kill(self) -> None:
        """Убивает их все сразу."""
        assert self._process
        kill_tree(self._process.pid)
        self._process.wait(_STOP_SECONDS)

    def promote(self) -> None:
        """Делает ведомого ведущим и ждёт, пока он начнёт писать."""
        eventually(self._is_promoted)

    def _is_promoted(self) -> bool:
        try:
            self.ask(_PROMOTE)
            return self.ask(_IS_PRIMARY) is True
        except psycopg.errors.SerializationFailure:
            return False  # журнал, который ещё проигрывается, прерывает и такую команду

    def ask(self, question: str) -> object:
        """Возвращает единственное значение ответа."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, (self.folder / "postgres.log").read_text()
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@frozen
class Pair:
    """Ведущий и ведомый, который за ним успевает."""

    primary: Node
    standby: Node

    def is_streaming(self) -> bool:
        """Говорит, идёт ли журнал ведущего к ведомому."""
        return bool(self.primary.ask("SELECT count(*) FROM pg_stat_replication"))


@contextmanager
def replicated_pair(root: Path, settings: Mapping[str, str]) -> Iterator[Pair]:
    """Поднимает пару.

    Args:
        root: папка, в которую может войти и учётная запись PostgreSQL.
        settings: настройки ведущего: ими и отличается надёжная пара от ненадёжной.
    """
    account = server_account(root / "primary" / "data")
    bin_folder = binaries(NEWEST, account, root)
    with ExitStack() as stack:
        primary, standby = (
            _node(root / name, account, bin_folder) for name in ("primary", "standby")
        )
        for node in (primary, standby):
            stack.callback(node.stop)
        primary.create()
        primary.start()
        primary.stop()
        standby.follow(primary)
        primary.start(**settings)
        standby.start()
        pair = Pair(primary, standby)
        eventually(pair.is_streaming)
        yield pair


@contextmanager
def lone_node(root: Path, settings: Mapping[str, str]) -> Iterator[Node]:
    """Поднимает один узел с такими настройками."""
    account = server_account(root / "lone" / "data")
    node = _node(root / "lone", account, binaries(NEWEST, account, root))
    node.create()
    try:
        node.start(**settings)
        yield node
    finally:
        node.stop()


def _node(folder: Path, account: Account, bin_folder: Path) -> Node:
    folder.mkdir(parents=True)
    account.own(folder)
    return Node(folder, account, bin_folder)
