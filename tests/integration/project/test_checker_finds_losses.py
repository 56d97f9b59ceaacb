"""Зубы проверяющего: потерю, которая есть, он находит; где её нет, не выдумывает."""

import uuid
from collections.abc import Callable
from pathlib import Path

from tests.checker.comparison import Verdict, Violation, compared
from tests.checker.deliveries import DeliveryVerdict
from tests.checker.history import Unknown
from tests.checker.load import Load, Plan, running_load
from tests.checker.subscribers import GOOD, two_subscribers
from tests.checker.table import stored_rows
from tests.support.embedded_server import linux_only
from tests.support.eventually import eventually
from tests.support.replicated_pair import replicated_pair
from tests.support.running_service import running_service

pytestmark = linux_only

ASYNCHRONOUS = {"synchronous_standby_names": ""}
SYNCHRONOUS = {"synchronous_standby_names": "*"}


def test_finds_what_an_asynchronous_standby_did_not_get(data_root: Path, tmp_path: Path) -> None:
    def go_on_without_the_standby(load: Load) -> None:
        enough = load.acknowledged + 100
        eventually(lambda: load.acknowledged >= enough)

    verdict, told = primary_lost(data_root, tmp_path, ASYNCHRONOUS, go_on_without_the_standby)
    assert verdict.violations.keys() == {Violation.LOST}
    assert 100 <= verdict.lost < verdict.acknowledged
    assert told.phantoms


def test_finds_nothing_when_the_standby_has_to_confirm(data_root: Path, tmp_path: Path) -> None:
    def notice_the_standby_is_gone(load: Load) -> None:
        eventually(lambda: any(r.outcomes(Unknown) for r in list(load.registrations)))

    verdict, told = primary_lost(data_root, tmp_path, SYNCHRONOUS, notice_the_standby_is_gone)
    assert verdict.violations == {}
    assert told.is_kept
    assert told.delivered >= verdict.acknowledged
    assert verdict.acknowledged >= 200
    assert verdict.fates.stored + verdict.fates.absent > 0


def primary_lost(
    data_root: Path, tmp_path: Path, settings: dict[str, str], afterwards: Callable[[Load], None]
) -> tuple[Verdict, DeliveryVerdict]:
    """Замораживает ведомого, продолжает, убивает ведущего и ставит ведомого на его место.

    О каждом записанном узнают подписчики; что от прежнего ведущего не дошло, рассылает новый.
    """
    with (
        replicated_pair(data_root / uuid.uuid4().hex, settings) as pair,
        two_subscribers(tmp_path, trouble=0.5) as subscribers,
    ):
        with (
            running_service(tmp_path, database_url=pair.primary.url) as service,
            running_load(service.url, Plan(clients=4, keyless_every=2)) as load,
        ):
            eventually(lambda: load.acknowledged >= 200)
            pair.standby.freeze()
            eventually(lambda: not pair.is_streaming())
            afterwards(load)
            pair.primary.kill()
            load.abandon()
        pair.standby.thaw()
        pair.standby.promote()
        with running_service(tmp_path, database_url=pair.standby.url):
            told = subscribers.verdicts(pair.standby.url, seconds=120)
        return compared(load.registrations, stored_rows(pair.standby.url, load.prefix)), told[GOOD]
