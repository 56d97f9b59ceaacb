"""Узел кластера: свой член etcd, свой Patroni и PostgreSQL под ним."""

import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen
from dotenv import dotenv_values

from adapters.postgres.embedded.account import current_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from tests.cluster.process_tree import ProcessTree
from tests.integration.service import ROOT
from tests.processes import kill_tree

DEPLOY = ROOT / "deploy" / "cluster"
_PATRONI = ROOT / ".venv-cluster" / "bin" / "patroni"


class ToolMissingError(Exception):
    """Нет программы, без которой кластера не поднять; текст говорит, где её взять."""


@frozen
class Place:
    """Где живёт узел.

    Attributes:
        name: имя.
        folder: папка для его данных и журналов.
        etcd_port: порт etcd для клиентов.
        etcd_peer_port: порт etcd для других членов.
        rest_port: порт REST API Patroni.
        postgres_port: порт PostgreSQL.
    """

    name: str
    folder: Path
    etcd_port: int
    etcd_peer_port: int
    rest_port: int
    postgres_port: int


@frozen
class Secrets:
    """Пароли кластера."""

    superuser: str = field(factory=secrets.token_hex)
    replication: str = field(factory=secrets.token_hex)
    rest: str = field(factory=secrets.token_hex)


@define
class Node:
    """Узел, части которого можно убить, заморозить и вернуть."""

    place: Place
    _etcd_environment: Mapping[str, str]
    _patroni_environment: Mapping[str, str]
    _etcd: ProcessTree | None = None
    _patroni: ProcessTree | None = None

    def start_etcd(self) -> None:
        """Запускает члена etcd; данные прошлого раза на месте."""
        self._etcd = self._tree([_required("etcd")], self._etcd_environment, "etcd.log")

    def start_patroni(self) -> None:
        """Запускает Patroni, а он — PostgreSQL."""
        command = [str(_PATRONI), str(DEPLOY / "patroni.yml")]
        self._patroni = self._tree(command, self._patroni_environment, "patroni.log")

    def ensure_alive(self) -> None:
        """Проверяет, что ни etcd, ни Patroni не закончились сами."""
        for tree in self._trees():
            tree.ensure_alive()

    def kill_postgres(self) -> None:
        """Убивает все процессы PostgreSQL; Patroni остаётся."""
        pid_file = self.place.folder / "data" / "postmaster.pid"
        postmaster = int(pid_file.read_text().split("\n", 1)[0])
        assert self._patroni
        assert self._patroni.descends(postmaster), "a stale pid file: it is somebody else's process"
        kill_tree(postmaster)

    def kill_patroni(self) -> None:
        """Убивает Patroni вместе с PostgreSQL; член etcd остаётся."""
        assert self._patroni
        self._patroni.kill()

    def kill(self) -> None:
        """Убивает всё: так для остальных выглядит потерянная машина."""
        for tree in self._trees():
            tree.kill()

    def restart(self) -> None:
        """Возвращает убитый целиком узел."""
        self.start_etcd()
        self.start_patroni()

    def freeze(self) -> None:
        """Замораживает всё."""
        for tree in self._trees():
            tree.freeze()

    def thaw(self) -> None:
        """Размораживает всё."""
        for tree in self._trees():
            tree.thaw()

    def stop_patroni(self) -> None:
        """Останавливает Patroni и PostgreSQL."""
        if self._patroni:
            self._patroni.stop()

    def stop_etcd(self) -> None:
        """Останавливает члена etcd."""
        if self._etcd:
            self._etcd.stop()

    def _trees(self) -> list[ProcessTree]:
        return [tree for tree in (self._patroni, self._etcd) if tree]

    def _tree(self, command: list[str], environment: Mapping[str, str], log: str) -> ProcessTree:
        folder = self.place.folder
        return ProcessTree(command, folder=folder, environment=environment, log=folder / log)


def planned_nodes(places: Sequence[Place], passwords: Secrets) -> list[Node]:
    """Готовит узлы: файлы из ``deploy/cluster``, в которых заменены адреса, папки и пароли.

    Raises:
        ToolMissingError: нет etcd или Patroni.
    """
    _required("etcd")
    if not _PATRONI.exists():
        raise ToolMissingError("Patroni is not installed here: run make cluster-test")
    bin_dir = binaries(NEWEST, current_account(), places[0].folder)
    return [
        Node(
            place,
            _changed("etcd.env", _own_etcd(place, places)),
            _changed("patroni.env", _own_patroni(place, places, passwords, bin_dir)),
        )
        for place in places
    ]


def _own_etcd(place: Place, places: Iterable[Place]) -> dict[str, str]:
    client, peer = _url(place.etcd_port), _url(place.etcd_peer_port)
    return {
        "ETCD_NAME": place.name,
        "ETCD_DATA_DIR": str(place.folder / "etcd"),
        "ETCD_LISTEN_CLIENT_URLS": client,
        "ETCD_ADVERTISE_CLIENT_URLS": client,
        "ETCD_LISTEN_PEER_URLS": peer,
        "ETCD_INITIAL_ADVERTISE_PEER_URLS": peer,
        "ETCD_INITIAL_CLUSTER": ",".join(f"{p.name}={_url(p.etcd_peer_port)}" for p in places),
    }


def _own_patroni(
    place: Place, places: Iterable[Place], passwords: Secrets, bin_dir: Path
) -> dict[str, str]:
    rest, postgres = _address(place.rest_port), _address(place.postgres_port)
    return {
        "PATRONI_NAME": place.name,
        "PATRONI_RESTAPI_LISTEN": rest,
        "PATRONI_RESTAPI_CONNECT_ADDRESS": rest,
        "PATRONI_POSTGRESQL_LISTEN": postgres,
        "PATRONI_POSTGRESQL_CONNECT_ADDRESS": postgres,
        "PATRONI_POSTGRESQL_DATA_DIR": str(place.folder / "data"),
        "PATRONI_POSTGRESQL_BIN_DIR": str(bin_dir),
        "PATRONI_POSTGRESQL_PGPASS": str(place.folder / "pgpass"),
        "PATRONI_ETCD3_HOSTS": ",".join(_address(p.etcd_port) for p in places),
        "PATRONI_SUPERUSER_PASSWORD": passwords.superuser,
        "PATRONI_REPLICATION_PASSWORD": passwords.replication,
        "PATRONI_RESTAPI_PASSWORD": passwords.rest,
    }


def _changed(file: str, own: Mapping[str, str]) -> dict[str, str]:
    """Читает образец и заменяет в нём своё; чего в образце нет, того не задать и здесь."""
    sample = dotenv_values(DEPLOY / file, interpolate=False)
    assert own.keys() <= sample.keys(), f"not in {file}: {own.keys() - sample.keys()}"
    return {name: value or "" for name, value in {**sample, **own}.items()}


def _address(port: int) -> str:
    return f"127.0.0.1:{port}"


def _url(port: int) -> str:
    return f"http://{_address(port)}"


def _required(program: str) -> str:
    # Debian кладёт серверы в /usr/sbin, которого в PATH обычного пользователя нет.
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/bin")
    if found is None:
        raise ToolMissingError(
            f"{program} is not installed; on Debian: apt-get install {program}-server"
        )
    return found
