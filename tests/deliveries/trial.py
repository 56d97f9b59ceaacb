"""Испытание с подписчиками: отказ под нагрузкой и при загрузке, о которой рассказывают."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests.checker.deliveries import DeliveryVerdict
from tests.checker.load import Plan
from tests.checker.subscribers import two_subscribers
from tests.faults.imports import ImportsUnderWay
from tests.faults.node_faults import Fault
from tests.faults.stage import Stage
from tests.faults.trial import tried
from tests.soak.rounds import Round

_PATIENCE = 1200.0  # секунд на то, чтобы разослать всё, что осталось


@frozen(kw_only=True)
class Scale:
    """Сколько всего.

    Attributes:
        flow: сколько подтверждений дождаться до отказа и после него.
        rows: сколько строк в каждом загружаемом файле.
        trouble: сколько секунд длится каждая беда второго подписчика.
    """

    flow: int
    rows: int
    trouble: float


def tried_with_subscribers(
    fault: Fault, plan: Plan, folder: Path, data_root: Path, scale: Scale
) -> tuple[Round, dict[str, DeliveryVerdict]]:
    """Устраивает отказ; возвращает, что подтверждено и записано, и что дошло до каждого подписчика.

    Args:
        fault: отказ.
        plan: нагрузка.
        folder: папка для сервиса; в неё же пишутся его настройки.
        data_root: папка для PostgreSQL.
        scale: сколько всего.
    """
    imports = ImportsUnderWay(folder, scale.rows, is_news=True)
    verdicts: dict[str, DeliveryVerdict] = {}
    with two_subscribers(folder, trouble=scale.trouble) as subscribers:

        @contextmanager
        def beside(stage: Stage) -> Iterator[None]:
            with imports.beside(stage):
                yield
            verdicts.update(subscribers.verdicts(stage.database, seconds=_PATIENCE))

        result = tried(
            fault, plan, folder, data_root, flow=scale.flow, beside=beside, rows=scale.rows
        )
    finished = Round(result, imports.imported, imports.lost, imports.doubled, imports.refused)
    return finished, verdicts
