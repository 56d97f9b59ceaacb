"""Стенд: собственный PostgreSQL (fsync включён), сервис и pgbench на одной таблице."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psycopg
from attrs import frozen

from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.embedded.account import current_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.migrate import migrate
from benchmarks.load import pgbench, wrk
from benchmarks.measurement import Sample
from benchmarks.peers.running import PEERS, Peer, running_peer
from tests.integration.service import running_service

_CONNECTIONS = (1, 16, 64, 256, 1024)
_DUPLICATES = (10, 90)
_PEER_CONNECTIONS = (1, 64, 1024)
_WARM_UP = 16  # соединений на секунду разогрева: пул полон, JIT в Node сработал


@frozen
class Case:
    """Что меряется.

    Attributes:
        name: название для таблицы.
        connections: одновременных соединений.
        run: один повтор.
    """

    name: str
    connections: int
    run: Callable[[], Sample]


@frozen
class Stand:
    """Поднятый стенд.

    Attributes:
        database_url: адрес его базы данных.
        cases: всё, что на нём меряется.
    """

    database_url: str
    cases: tuple[Case, ...]

    def empty_table(self) -> None:
        """Опустошает таблицу: каждый повтор начинает с одного и того же."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("TRUNCATE customers RESTART IDENTITY")
            connection.execute("CHECKPOINT")


@contextmanager
def stand(seconds: int) -> Iterator[Stand]:
    """Поднимает стенд; повтор длится ``seconds`` секунд."""
    root = Path(tempfile.mkdtemp(prefix="crm-api-bench-"))
    root.chmod(0o755)  # под root PostgreSQL работает под другой записью
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, root)
        server = stack.enter_context(embedded_postgres(root / "data"))
        migrate(server.url, log_sql=False)
        # pgbench сам под root работает, поэтому годится и из закрытой папки.
        program = binaries(NEWEST, current_account(), root) / "pgbench"
        cases = [
            Case("pgbench", count, partial(pgbench, program, server.url, count, seconds))
            for count in (1, 64)
        ]
        for workers in (1, 2):
            folder = root / uuid.uuid4().hex
            folder.mkdir()
            settings = {"database_url": server.url, "workers": str(workers)}
            service = stack.enter_context(running_service(folder, **settings))
            load = partial(wrk, service.url, seconds=seconds)
            name = f"crm-api, {workers} worker{'s' * (workers > 1)}"
            cases += [Case(name, count, partial(load, count)) for count in _CONNECTIONS]
            cases += [
                Case(f"{name}, {share} % duplicates", 64, partial(load, 64, duplicates=share))
                for share in _DUPLICATES
            ]
        cases += [
            Case(peer.name, count, partial(_peer, peer, server.url, root, count, seconds))
            for peer in PEERS
            for count in _PEER_CONNECTIONS
        ]
        yield Stand(server.superuser_url.replace("/postgres?", "/crm_db?"), tuple(cases))


def _peer(peer: Peer, database_url: str, root: Path, connections: int, seconds: int) -> Sample:
    # Соперник работает только в свой черёд: иначе его простаивающий пул отнимал бы соединения
    # PostgreSQL у других, а недоделанные запросы прошлого повтора — время у следующего.
    folder = root / uuid.uuid4().hex
    folder.mkdir()
    with running_peer(peer, database_url, folder) as url:
        wrk(url, _WARM_UP, seconds=1)
        return wrk(url, connections, seconds=seconds)
