"""Кластер целиком: поднять, узнать роли, дождаться здоровья, сменить ведущего, остановить."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import psycopg
from attrs import frozen
from psycopg import sql
from psycopg.rows import TupleRow

from tests.cluster.machine import Machine
from tests.cluster.members import (
    DEPLOY,
    EtcdMember,
    Node,
    Secrets,
    database_nodes,
    etcd_members,
)
from tests.support.eventually import eventually

_SIZE = 3
_HEALTH_SECONDS = 180
_REST_SECONDS = 2


@frozen
class Cluster:
    """Работающий кластер.

    Attributes:
        folder: папка со всем, что он хранит.
        etcd: члены etcd.
        nodes: узлы PostgreSQL.
        passwords: пароли.
    """

    folder: Path
    etcd: list[EtcdMember]
    nodes: list[Node]
    passwords: Secrets

    @property
    def machines(self) -> list[Machine]:
        """Машины в том порядке, в котором их включают."""
        return [member.machine for member in self.etcd] + [node.machine for node in self.nodes]

    @property
    def url(self) -> str:
        """Адрес для сервиса: все узлы, из них нужен пишущий."""
        return self._url("crm_user", self.passwords.service, "crm_db")

    def leader(self) -> Node:
        """Ведущий здорового кластера."""
        return self._by_role("leader")[0]

    def standbys(self) -> list[Node]:
        """Ведомые здорового кластера."""
        leader = self.leader()
        return [node for node in self.nodes if node is not leader]

    def etcd_leader(self) -> EtcdMember:
        """Ведущий член здорового etcd."""
        for member in self.etcd:
            answer = httpx2.post(f"{member.url}/v3/maintenance/status", json={}, trust_env=False)
            status = answer.raise_for_status().json()
            if status["leader"] == status["header"]["member_id"]:
                return member
        raise AssertionError("etcd has no leader")

    def wait_until_healthy(self) -> None:
        """Ждёт, пока один узел не поведёт, а остальные не станут подтверждать за ним.

        Спрашиваются и Patroni, и сам PostgreSQL: Patroni помнит убитого, пока не истечёт его ttl.
        """
        eventually(self._is_healthy, seconds=_HEALTH_SECONDS)

    def switch_over(self, leader: Node, candidate: Node) -> None:
        """Просит Patroni сменить ведущего и ждёт ответа."""
        answer = httpx2.post(
            f"{leader.rest_url}/switchover",
            json={"leader": leader.name, "candidate": candidate.name},
            auth=("patroni", self.passwords.rest),
            timeout=60,
            trust_env=False,
        )
        answer.raise_for_status()

    def create_database(self) -> None:
        """Создаёт роль сервиса и его базу данных тем же файлом, что и оператор."""
        statements = (DEPLOY / "crm_db.sql").read_text(encoding="utf-8").split(";")
        password = sql.Literal(self.passwords.service)
        with self._superuser() as connection:
            for statement in statements[:-1]:
                connection.execute(statement.encode())
            connection.execute(sql.SQL("ALTER ROLE crm_user PASSWORD {}").format(password))

    def _is_healthy(self) -> bool:
        for machine in self.machines:
            machine.ensure_alive()
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

    def _by_role(self, role: str, state: str = "running") -> list[Node]:
        names = {
            member["name"]
            for member in self._members()
            if member["role"] == role and member["state"] == state
        }
        return [node for node in self.nodes if node.name in names]

    def _members(self) -> list[dict[str, str]]:
        """Спрашивает всех узлов по очереди: первый ответивший знает всё из etcd."""
        for node in self.nodes:
            try:
                answer = httpx2.get(
                    f"{node.rest_url}/cluster", timeout=_REST_SECONDS, trust_env=False
                )
                members: list[dict[str, str]] = answer.json()["members"]
            except (httpx2.HTTPError, ValueError, KeyError):
                continue
            return members
        return []

    def _superuser(self) -> psycopg.Connection[TupleRow]:
        url = self._url("postgres", self.passwords.superuser, "postgres")
        return psycopg.connect(url, autocommit=True, connect_timeout=_REST_SECONDS)

    def _url(self, user: str, password: str, database: str) -> str:
        hosts = ",".join(f"127.0.0.1:{node.postgres_port}" for node in self.nodes)
        return f"postgresql://{user}:{password}@{hosts}/{database}?target_session_attrs=read-write"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Поднимает кластер с базой данных сервиса, а в конце останавливает его и убирает за ним.

    Raises:
        tests.support.required_programs.ToolMissingError: нет etcd или Patroni.
    """
    passwords = Secrets()
    folder = Path(tempfile.mkdtemp(prefix="crm-api-cluster-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        etcd = etcd_members(folder, _SIZE)
        nodes = database_nodes(folder, _SIZE, etcd, passwords)
        cluster = Cluster(folder, etcd, nodes, passwords)
        # Узлы выключаются раньше etcd: без него Patroni не остановить по-хорошему.
        for machine in cluster.machines:
            stack.callback(machine.stop)
            machine.start()
        cluster.wait_until_healthy()
        cluster.create_database()
        yield cluster
