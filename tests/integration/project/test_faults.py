"""Каждый отказ одного узла коротко; долго и с числами — ``make fault-test``."""

from pathlib import Path

import attrs
import pytest

from tests.checker.load import Plan
from tests.faults.node_faults import FAULTS, Fault
from tests.faults.pooler import PGBOUNCER
from tests.faults.small_disk import may_mount
from tests.faults.trial import tried
from tests.support.embedded_server import linux_only

pytestmark = linux_only

PLAN = Plan(clients=8, repeat_every=5, keyless_every=4)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_acknowledged_is_lost_or_doubled(
    fault: Fault, tmp_path: Path, data_root: Path
) -> None:
    if fault.is_pooled and PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed (on Debian: apt-get install pgbouncer)")
    if fault.needs_small_disk and not may_mount():
        pytest.skip("only root with CAP_SYS_ADMIN may mount a small disk")
    short = attrs.evolve(fault, times=min(fault.times, 3))
    result = tried(short, PLAN, tmp_path, data_root, flow=300)
    assert result.acknowledged > 300
    # Сколько это длилось, тест не судит: машина бывает занята.
    assert (result.lost, result.doubled, result.denied, result.unexpected) == (0, 0, 0, 0)
    assert (result.unknown.stored, result.unknown.absent) == (0, 0)
