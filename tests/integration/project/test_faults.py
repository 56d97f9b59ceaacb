"""Каждый отказ одного узла коротко; долго и с числами — ``make fault-test``."""

import asyncio
from pathlib import Path

import attrs
import pytest

from adapters.postgres.delivery.waiting import postgres_events
from application.deliver_events import LEASE
from application.waiting_events import Settlement
from tests.checker.delivery_results import counted_deliveries
from tests.checker.load import Load, Plan
from tests.checker.results import Result
from tests.checker.subscribers import GOOD, TROUBLED
from tests.deliveries.trial import Scale, tried_with_subscribers
from tests.faults.node_faults import FAULTS, Fault
from tests.faults.small_disk import may_mount
from tests.faults.stage import Stage
from tests.faults.trial import tried
from tests.support.embedded_server import linux_only
from tests.support.eventually import eventually
from tests.support.parts import part_of_run
from tests.support.required_programs import required_by_test

pytestmark = [linux_only, part_of_run("faults", budget=240)]

PLAN = Plan(clients=8, repeat_every=5, keyless_every=4)
# При этих о каждом записанном узнают ещё и двое подписчиков; при всех — make delivery-test.
TOLD = ("kill -9 of PostgreSQL", "kill -9 of the service, started again")
TOLD_SCALE = Scale(flow=200, rows=300, trouble=0.5)


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.name not in TOLD],
    ids=lambda fault: fault.name,
)
def test_nothing_acknowledged_is_lost_or_doubled(
    fault: Fault, tmp_path: Path, data_root: Path
) -> None:
    if fault.is_pooled:
        required_by_test("pgbouncer")
    if fault.needs_small_disk and not may_mount():
        pytest.skip("only root with CAP_SYS_ADMIN may mount a small disk")
    short = attrs.evolve(fault, times=min(fault.times, 3))
    result = tried(short, PLAN, tmp_path, data_root, flow=300)
    assert result.acknowledged > 300
    assert_kept(result)


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.name in TOLD], ids=lambda fault: fault.name
)
def test_every_subscriber_hears_of_what_is_stored_and_of_nothing_else(
    fault: Fault, tmp_path: Path, data_root: Path
) -> None:
    short = attrs.evolve(fault, times=min(fault.times, 3))
    finished, told = tried_with_subscribers(short, PLAN, tmp_path, data_root, TOLD_SCALE)
    assert finished.result.acknowledged > 200
    assert finished.imported >= 300
    assert (finished.import_lost, finished.import_doubled, finished.import_refused) == (0, 0, 0)
    assert_kept(finished.result)
    assert told.keys() == {GOOD, TROUBLED}
    for one in counted_deliveries(fault.name, finished.acknowledged, told):
        assert one.failures == []


def test_what_is_marked_before_it_is_sent_is_found_missing(tmp_path: Path, data_root: Path) -> None:
    marked: set[str] = set()

    def mark_too_early(stage: Stage, _load: Load) -> None:
        marked.update(eventually(lambda: asyncio.run(marked_as_sent(stage.database))))

    fault = Fault("events marked before they are sent", mark_too_early, None)
    _, told = tried_with_subscribers(fault, PLAN, tmp_path, data_root, TOLD_SCALE)
    assert told[GOOD].missing == sorted(marked)
    assert told[TROUBLED].is_kept


async def marked_as_sent(database: str) -> set[str]:
    """Берёт несколько событий и отмечает, не послав: так терял бы и убитый между этими шагами."""
    async with postgres_events(database, log_sql=False, keep_days=0) as events:
        taken = await events.take(GOOD, 3, LEASE)
        await events.settle([Settlement(event=event) for event in taken])
    return {event.happened.customer.email for event in taken}


def assert_kept(result: Result) -> None:
    """Проверяет обещанное; сколько это длилось, не судит: машина бывает занята."""
    assert (result.lost, result.doubled, result.denied, result.unexpected) == (0, 0, 0, 0)
    assert (result.unknown.stored, result.unknown.absent) == (0, 0)
