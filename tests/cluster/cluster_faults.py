"""Отказы: что сделать с кластером и как потом вернуть его к здоровью."""

from collections.abc import Callable

from attrs import frozen

from tests.cluster.cluster import Cluster
from tests.cluster.machine import Machine

type Healing = Callable[[], None]


@frozen
class Fault:
    """Отказ.

    Attributes:
        name: что случилось.
        strike: устраивает отказ и возвращает лечение.
        most_silence: сколько секунд, самое большее, может не быть 201; ``None`` — сколько длится
            отказ, столько и не быть.
        seconds: сколько отказ длится самое меньшее.
    """

    name: str
    strike: Callable[[Cluster], Healing]
    most_silence: float | None
    seconds: float = 0

    @property
    def stops_writing(self) -> bool:
        """Говорит, что до лечения 201 быть не должно."""
        return self.most_silence is None


def _nothing() -> None:
    """Кластер лечится сам."""


def _kill_postgres(cluster: Cluster) -> Healing:
    cluster.leader().kill_postgres()
    return _nothing


def _killed(*machines: Machine) -> Healing:
    for machine in machines:
        machine.kill()

    def healing() -> None:
        for machine in machines:
            machine.start()

    return healing


def _frozen(machine: Machine) -> Healing:
    machine.freeze()
    return machine.thaw


def _kill_primary(cluster: Cluster) -> Healing:
    return _killed(cluster.leader().machine)


def _freeze_primary(cluster: Cluster) -> Healing:
    return _frozen(cluster.leader().machine)


def _switch_over(cluster: Cluster) -> Healing:
    cluster.switch_over(cluster.leader(), cluster.standbys()[0])
    return _nothing


def _kill_standby(cluster: Cluster) -> Healing:
    return _killed(cluster.standbys()[0].machine)


def _kill_standbys(cluster: Cluster) -> Healing:
    return _killed(*(node.machine for node in cluster.standbys()))


def _kill_etcd_leader(cluster: Cluster) -> Healing:
    return _killed(cluster.etcd_leader().machine)


def _freeze_etcd_leader(cluster: Cluster) -> Healing:
    return _frozen(cluster.etcd_leader().machine)


_LONGER_THAN_TTL = 25  # очнувшийся ведущий etcd сочтёт просроченными и живые аренды


FAULTS = (
    Fault("kill -9 of PostgreSQL on the primary", _kill_postgres, 10),
    Fault("kill -9 of the whole primary node", _kill_primary, 30),
    Fault("primary node frozen, then thawed", _freeze_primary, 30),
    Fault("switch-over", _switch_over, 5),
    Fault("kill -9 of one standby node", _kill_standby, 5),
    Fault("kill -9 of both standby nodes", _kill_standbys, None),
    Fault("kill -9 of the etcd leader", _kill_etcd_leader, 5),
    Fault("etcd leader frozen, then thawed", _freeze_etcd_leader, 5, seconds=_LONGER_THAN_TTL),
)
