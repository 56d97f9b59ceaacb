"""Кластер целиком: поднять, узнать роли, дождаться здоровья, сменить ведущего, остановить."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import psycopg
from attrs import frozen
from psycopg import sql
from psycopg.rows import TupleRow

from tests.cluster.node import DEPLOY, Node, Place, Secrets, planned_nodes
from tests.eventually import eventually

_SIZE = 3
_PORTS_A_NODE = 4
_HEALTH_SECONDS = 180
_REST_SECONDS = 2


@frozen
class Cluster:
    """Работающий кластер.

    Attributes:
        folder: папка со всем, что он хранит.
        nodes: узлы.
        passwords: пароли.
        service_password: пароль роли сервиса.
    """

    folder: Path
    nodes: list[Node]
    passwords: Secrets
    service_password: str

    @property
    def url(self) -> str:
        """Адрес для сервиса: все узлы, из них нужен пишущий."""
        return self._url("crm_user", self.service_password, "crm_db")

    def leader(self) -> Node:
        """Ведущий здорового кластера."""
        return self._by_role("leader")[0]

    def standbys(self) -> list[Node]:
        """Ведомые здорового кластера."""
        leader = self.leader()
        return [node for node in self.nodes if node is not leader]

    def wait_until_healthy(self) -> None:
        """Ждёт, пока один узел не поведёт, а остальные не станут подтверждать за ним.

        Спрашиваются и Patroni, и сам PostgreSQL: Patroni помнит убитого, пока не истечёт его ttl.
        """
        eventually(self._is_healthy, seconds=_HEALTH_SECONDS)

    def switch_over(self, leader: Node, candidate: Node) -> None:
        """Просит Patroni сменить ведущего и ждёт ответа."""
        answer = httpx2.post(
            f"{self._rest(leader)}/switchover",
            json={"leader": leader.place.name, "candidate": candidate.place.name},
            auth=("patroni", self.passwords.rest),
            timeout=60,
            trust_env=False,
        )
        answer.raise_for_status()

    def create_database(self) -> None:
        """Создаёт роль сервиса и его базу данных тем же файлом, что и оператор."""
        statements = (DEPLOY / "crm_db.sql").read_text(encoding="utf-8").split(";")
        with self._superuser() as connection:
            for statement in statements[:-1]:
                connection.execute(statement.encode())
            connection.execute(
                sql.SQL("ALTER ROLE crm_user PASSWORD {}").format(
                    sql.Literal(self.service_password)
                )
            )

    def _is_healthy(self) -> bool:
        for node in self.nodes:
            node.ensure_alive()
        followers = _SIZE - 1
        return (
            len(self._by_role("leader")) == 1
            and len(self._by_role("quorum_standby", state="streaming")) == followers
            and self._confirming() == followers
        )

    def _confirming(self) -> int:
        """Сколько ведомых подтверждает записанное; 0, если спросить некого."""
        try:
            with self._superuser() as connection:
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_replication"
                    " WHERE state = 'streaming' AND sync_state = 'quorum'"
                ).fetchone()
        except psycopg.OperationalError:
            return 0
        return int(row[0]) if row else 0

    def _superuser(self) -> psycopg.Connection[TupleRow]:
        url = self._url("postgres", self.passwords.superuser, "postgres")
        return psycopg.connect(url, autocommit=True, connect_timeout=_REST_SECONDS)

    def _by_role(self, role: str, state: str = "running") -> list[Node]:
        names = {
            member["name"]
            for member in self._members()
            if member["role"] == role and member["state"] == state
        }
        return [node for node in self.nodes if node.place.name in names]

    def _members(self) -> list[dict[str, str]]:
        """Спрашивает всех узлов по очереди: первый ответивший знает всё из etcd."""
        for node in self.nodes:
            try:
                answer = httpx2.get(
                    f"{self._rest(node)}/cluster", timeout=_REST_SECONDS, trust_env=False
                )
                members: list[dict[str, str]] = answer.json()["members"]
            except (httpx2.HTTPError, ValueError, KeyError):
                continue
            return members
        return []

    def _rest(self, node: Node) -> str:
        return f"http://127.0.0.1:{node.place.rest_port}"

    def _url(self, user: str, password: str, database: str) -> str:
        hosts = ",".join(f"127.0.0.1:{node.place.postgres_port}" for node in self.nodes)
        return f"postgresql://{user}:{password}@{hosts}/{database}?target_session_attrs=read-write"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Поднимает кластер с базой данных сервиса, а в конце останавливает его и убирает за ним.

    Raises:
        tests.cluster.node.ToolMissingError: нет etcd или Patroni.
    """
    passwords = Secrets()
    folder = Path(tempfile.mkdtemp(prefix="crm-api-cluster-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        nodes = planned_nodes(_places(folder), passwords)
        for node in nodes:
            stack.callback(node.stop_etcd)
            node.start_etcd()
        for node in nodes:
            # Раньше etcd: без него Patroni не остановить по-хорошему.
            stack.callback(node.stop_patroni)
            node.start_patroni()
        cluster = Cluster(folder, nodes, passwords, service_password=Secrets().rest)
        cluster.wait_until_healthy()
        cluster.create_database()
        yield cluster


def _places(folder: Path) -> list[Place]:
    ports = _free_ports(_SIZE * _PORTS_A_NODE)
    places = []
    for number in range(_SIZE):
        name = f"node{number + 1}"
        (folder / name).mkdir()
        own = ports[number * _PORTS_A_NODE : (number + 1) * _PORTS_A_NODE]
        places.append(Place(name, folder / name, *own))
    return places


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        # Заняты все сразу: иначе один порт мог бы достаться дважды.
        listeners = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [listener.getsockname()[1] for listener in listeners]
