"""Отказы: что сделать с кластером и как потом вернуть его к здоровью."""

from collections.abc import Callable

from attrs import frozen

from tests.cluster.cluster import Cluster

type Healing = Callable[[], None]


@frozen
class Fault:
    """Отказ.

    Attributes:
        name: что случилось.
        strike: устраивает отказ и возвращает лечение.
        most_silence: сколько секунд, самое большее, может не быть 201; ``None`` — сколько длится
            отказ, столько и не быть.
    """

    name: str
    strike: Callable[[Cluster], Healing]
    most_silence: float | None

    @property
    def stops_writing(self) -> bool:
        """Говорит, что до лечения 201 быть не должно."""
        return self.most_silence is None


def _nothing() -> None:
    """Кластер лечится сам."""


def _kill_postgres(cluster: Cluster) -> Healing:
    cluster.leader().kill_postgres()
    return _nothing


def _kill_primary(cluster: Cluster) -> Healing:
    node = cluster.leader()
    node.kill()
    return node.restart


def _freeze_primary(cluster: Cluster) -> Healing:
    node = cluster.leader()
    node.freeze()
    return node.thaw


def _switch_over(cluster: Cluster) -> Healing:
    cluster.switch_over(cluster.leader(), cluster.standbys()[0])
    return _nothing


def _kill_standby(cluster: Cluster) -> Healing:
    node = cluster.standbys()[0]
    node.kill()
    return node.restart


def _kill_standbys(cluster: Cluster) -> Healing:
    standbys = cluster.standbys()
    # Члены etcd живы: без большинства ведущий сложил бы полномочия, и проверялось бы не то.
    for node in standbys:
        node.kill_patroni()

    def healing() -> None:
        for node in standbys:
            node.start_patroni()

    return healing


FAULTS = (
    Fault("kill -9 of PostgreSQL on the primary", _kill_postgres, 10),
    Fault("kill -9 of the whole primary node", _kill_primary, 30),
    Fault("primary node frozen, then thawed", _freeze_primary, 30),
    Fault("switch-over", _switch_over, 5),
    Fault("kill -9 of one standby node", _kill_standby, 5),
    Fault("kill -9 of both standbys", _kill_standbys, None),
)
