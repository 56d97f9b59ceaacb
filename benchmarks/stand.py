"""Стенд: собственный PostgreSQL (fsync включён), сервис, соперники и pgbench на одной таблице."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psycopg
from attrs import evolve, frozen
from psycopg import sql
from sqlalchemy.engine import make_url

from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.embedded.account import current_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.embedded.instance import DATABASE
from adapters.postgres.schema.older_programs import VERSION_TABLE
from adapters.postgres.schema.upgrade import migrate
from benchmarks.load import pgbench, wrk
from benchmarks.measurement import Sample
from benchmarks.peers.running import Peer, installed, running_peer
from tests.support.running_service import Service, running_service

PGBENCH = "pgbench"
_CONNECTIONS = (1, 16, 64, 256, 1024)
_DUPLICATES = (10, 90)
_PEER_CONNECTIONS = (1, 64)
# Эти остаются: по первой миграции узнают, что сделано, остальные заводят они и настройки.
_KEPT = [VERSION_TABLE, "event_database", "event_subscribers", "tombstone_salt"]
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL (%s)"
_WARM_UP = 3  # секунд: за них соперник открывает пул, а V8 успевает собрать горячие функции


def service_name(workers: int) -> str:
    """Называет сервис с таким числом процессов."""
    return f"crm-api, {workers} worker{'s' * (workers > 1)}"


@frozen
class Case:
    """Что меряется.

    Attributes:
        name: название для таблицы.
        connections: одновременных соединений.
        run: один повтор; аргумент — секунды.
    """

    name: str
    connections: int
    run: Callable[[int], Sample]


@frozen
class Bench:
    """Поднятый PostgreSQL и папка для всего, что с ним работает.

    Attributes:
        root: папка; под root её видит и та учётная запись, под которой работает PostgreSQL.
        database_url: адрес базы данных для сервиса.
        superuser_url: он же для того, кто готовит замеры.
    """

    root: Path
    database_url: str
    superuser_url: str

    def empty_table(self) -> None:
        """Опустошает таблицы: каждый повтор начинает с одного и того же."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            tables = connection.execute(_TABLES, [_KEPT]).fetchall()
            names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in tables)
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
            connection.execute("CHECKPOINT")

    def folder(self) -> Path:
        """Создаёт новую папку."""
        folder = self.root / uuid.uuid4().hex
        folder.mkdir()
        return folder

    @contextmanager
    def fresh_database(self) -> Iterator["Bench"]:
        """Создаёт на том же сервере пустую базу данных, в конце удаляет.

        Yields:
            Стенд, который отличается одной базой данных.
        """
        name, url = f"crm_bench_{uuid.uuid4().hex[:8]}", make_url(self.database_url)
        create = sql.SQL("CREATE DATABASE {} OWNER {}")
        owner = sql.Identifier(url.username or "")
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(create.format(sql.Identifier(name), owner))
        try:
            yield evolve(
                self,
                database_url=_with_database(self.database_url, name),
                superuser_url=_with_database(self.superuser_url, name),
            )
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            with psycopg.connect(self.superuser_url, autocommit=True) as connection:
                connection.execute(drop)

    def service(self, *, workers: int = 1) -> AbstractContextManager[Service]:
        """Запускает сервис таким, каким он поставляется."""
        return running_service(self.folder(), database_url=self.database_url, workers=str(workers))


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def bench(server_url: str | None = None) -> Iterator[Bench]:
    """Поднимает PostgreSQL с нужной таблицей.

    Args:
        server_url: адрес libpq суперпользователя другого сервера, который уже работает: на нём
            создаётся база данных, а в конце удаляется.
    """
    root = Path(tempfile.mkdtemp(prefix="crm-api-bench-"))
    root.chmod(0o755)  # под root PostgreSQL работает под другой записью
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, root)
        if server_url:
            built = stack.enter_context(Bench(root, server_url, server_url).fresh_database())
        else:
            server = stack.enter_context(embedded_postgres(root / "postgres"))
            administrator = _with_database(server.superuser_url, DATABASE)
            built = Bench(root, server.url, administrator)
        migrate(built.database_url, log_sql=False)
        yield built


@contextmanager
def running_cases(bench: Bench) -> Iterator[list[Case]]:
    """Запускает всё, что сравнивается; кто не под нагрузкой, тот стоит без дела."""
    with ExitStack() as stack:
        # pgbench сам под root работает, поэтому годится и из закрытой папки.
        program = binaries(NEWEST, current_account(), bench.root) / "pgbench"
        cases = [
            Case(PGBENCH, count, partial(pgbench, program, bench.database_url, count))
            for count in (1, 64)
        ]
        for workers in (1, 2):
            service = stack.enter_context(bench.service(workers=workers))
            name = service_name(workers)
            cases += [_case(name, service.url, count) for count in _CONNECTIONS]
            cases += [_case(name, service.url, 64, duplicates=share) for share in _DUPLICATES]
        for peer in installed():
            cases += [
                Case(peer.name, count, partial(_measured_peer, bench, peer, count))
                for count in _PEER_CONNECTIONS
            ]
        yield cases


def _measured_peer(bench: Bench, peer: Peer, connections: int, seconds: int) -> Sample:
    """Запускает соперника на время повтора: вместе их соединений больше, чем даёт PostgreSQL."""
    with running_peer(peer, bench.database_url, bench.folder()) as url:
        # Сервис давно работает: только что запущенному соперник был бы несправедливо медленнее.
        wrk(url, connections, seconds=_WARM_UP)
        bench.empty_table()
        return wrk(url, connections, seconds=seconds)


def _case(name: str, url: str, connections: int, duplicates: int = 0) -> Case:
    run = partial(wrk, url, connections, duplicates=duplicates)
    title = f"{name}, {duplicates} % duplicates" if duplicates else name
    return Case(title, connections, lambda seconds: run(seconds=seconds))
