"""Машины кластера: файлы из ``deploy/cluster``, в которых заменены адреса, папки и пароли."""

import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from attrs import field, frozen
from dotenv import dotenv_values

from adapters.postgres.embedded.account import current_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from tests.cluster.machine import Machine
from tests.support.processes import kill_tree
from tests.support.project import ROOT
from tests.support.required_programs import ToolMissingError, required

DEPLOY = ROOT / "deploy" / "cluster"
_PATRONI = ROOT / ".venv-cluster" / "bin" / "patroni"


@frozen
class Secrets:
    """Пароли кластера."""

    superuser: str = field(factory=secrets.token_hex)
    replication: str = field(factory=secrets.token_hex)
    rest: str = field(factory=secrets.token_hex)
    service: str = field(factory=secrets.token_hex)


@frozen
class EtcdMember:
    """Член etcd.

    Attributes:
        machine: его машина.
        url: где он отвечает клиентам.
    """

    machine: Machine
    url: str


@frozen
class Node:
    """Узел PostgreSQL под Patroni.

    Attributes:
        machine: его машина.
        rest_url: где отвечает REST API Patroni.
        postgres_port: порт PostgreSQL.
    """

    machine: Machine
    rest_url: str
    postgres_port: int

    @property
    def name(self) -> str:
        """Имя узла в Patroni."""
        return self.machine.name

    def kill_postgres(self) -> None:
        """Убивает все процессы PostgreSQL; Patroni остаётся."""
        pid_file = self.machine.folder / "data" / "postmaster.pid"
        postmaster = int(pid_file.read_text().split("\n", 1)[0])
        assert self.machine.runs(postmaster), "a stale pid file: it is somebody else's process"
        kill_tree(postmaster)


def etcd_members(folder: Path, size: int) -> list[EtcdMember]:
    """Готовит членов etcd.

    Raises:
        ToolMissingError: etcd не установлен.
    """
    program = required("etcd", "etcd-server")
    names = [f"etcd{number}" for number in range(1, size + 1)]
    ports = free_ports(2 * size)
    peers = dict(zip(names, map(_url, ports[size:]), strict=True))
    members = []
    for name, port in zip(names, ports[:size], strict=True):
        own = {
            "ETCD_NAME": name,
            "ETCD_DATA_DIR": str(folder / name / "etcd"),
            "ETCD_LISTEN_CLIENT_URLS": _url(port),
            "ETCD_ADVERTISE_CLIENT_URLS": _url(port),
            "ETCD_LISTEN_PEER_URLS": peers[name],
            "ETCD_INITIAL_ADVERTISE_PEER_URLS": peers[name],
            "ETCD_INITIAL_CLUSTER": ",".join(f"{peer}={url}" for peer, url in peers.items()),
        }
        machine = _machine(folder, name, [program], _changed("etcd.env", own))
        members.append(EtcdMember(machine, _url(port)))
    return members


def database_nodes(
    folder: Path, size: int, etcd: Sequence[EtcdMember], passwords: Secrets
) -> list[Node]:
    """Готовит узлы PostgreSQL.

    Raises:
        ToolMissingError: Patroni не установлен.
    """
    if not _PATRONI.exists():
        raise ToolMissingError("Patroni is not installed here: run make cluster-test")
    bin_dir = binaries(NEWEST, current_account(), folder)
    command = [str(_PATRONI), str(DEPLOY / "patroni.yml")]
    ports = free_ports(2 * size)
    nodes = []
    for number in range(size):
        name, rest, postgres = f"node{number + 1}", ports[number], ports[size + number]
        own = {
            "PATRONI_NAME": name,
            "PATRONI_RESTAPI_LISTEN": _address(rest),
            "PATRONI_RESTAPI_CONNECT_ADDRESS": _address(rest),
            "PATRONI_POSTGRESQL_LISTEN": _address(postgres),
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": _address(postgres),
            "PATRONI_POSTGRESQL_DATA_DIR": str(folder / name / "data"),
            "PATRONI_POSTGRESQL_BIN_DIR": str(bin_dir),
            "PATRONI_POSTGRESQL_PGPASS": str(folder / name / "pgpass"),
            "PATRONI_ETCD3_HOSTS": ",".join(member.url.partition("//")[2] for member in etcd),
            "PATRONI_SUPERUSER_PASSWORD": passwords.superuser,
            "PATRONI_REPLICATION_PASSWORD": passwords.replication,
            "PATRONI_RESTAPI_PASSWORD": passwords.rest,
        }
        machine = _machine(folder, name, command, _changed("patroni.env", own))
        nodes.append(Node(machine, _url(rest), postgres))
    return nodes


def free_ports(count: int) -> list[int]:
    """Находит разные свободные порты на 127.0.0.1."""
    with ExitStack() as stack:
        # Заняты все сразу: иначе один порт мог бы достаться дважды.
        listeners = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [listener.getsockname()[1] for listener in listeners]


def _machine(
    folder: Path, name: str, command: list[str], environment: Mapping[str, str]
) -> Machine:
    (folder / name).mkdir()
    return Machine(name, folder / name, command, environment)


def _changed(file: str, own: Mapping[str, str]) -> dict[str, str]:
    """Читает образец и заменяет в нём своё; чего в образце нет, того не задать и здесь."""
    sample = dotenv_values(DEPLOY / file, interpolate=False)
    assert own.keys() <= sample.keys(), f"not in {file}: {own.keys() - sample.keys()}"
    return {name: value or "" for name, value in {**sample, **own}.items()}


def _address(port: int) -> str:
    return f"127.0.0.1:{port}"


def _url(port: int) -> str:
    return f"http://{_address(port)}"
