"""Отказы одного узла с двумя подписчиками, один за другим; строка на отказ и подписчика.

Аргументы — имена отказов; без них идут все, и только тогда итоги записываются: ``results.json``
рядом и таблица в документации. ``DELIVERY_FLOW`` — сколько подтверждений дождаться до отказа и
после него, ``DELIVERY_ROWS`` — сколько строк в каждом загружаемом файле. Код выхода 1, если что-то
из обещанного не вышло.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.checker.load import Plan
from tests.deliveries.report import DeliveryResult, record, results
from tests.deliveries.trial import Scale, tried_with_subscribers
from tests.faults.node_faults import FAULTS
from tests.support.said import say

_SCALE = Scale(
    flow=int(os.environ.get("DELIVERY_FLOW", "10000")),
    rows=int(os.environ.get("DELIVERY_ROWS", "100000")),
    trouble=3.0,
)
_PLAN = Plan(clients=32, repeat_every=10, keyless_every=4)


def main() -> None:
    """Устраивает отказы и показывает итоги."""
    names = [fault.name for fault in FAULTS]
    if unknown := [name for name in sys.argv[1:] if name not in names]:
        sys.exit(f"no such fault: {', '.join(unknown)}; there are:\n" + "\n".join(names))
    chosen = [fault for fault in FAULTS if not sys.argv[1:] or fault.name in sys.argv[1:]]
    found: list[DeliveryResult] = []
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="crm-api-deliveries-") as name:
        root = Path(name)
        root.chmod(0o755)  # в неё входит и учётная запись PostgreSQL
        for number, fault in enumerate(chosen):
            folder = root / f"service{number}"
            folder.mkdir()
            finished, verdicts = tried_with_subscribers(fault, _PLAN, folder, root, _SCALE)
            told = results(fault.name, finished.acknowledged, verdicts)
            say(f"{finished.result}, imported {finished.imported}")
            for one in told:
                say(f"  {one}")
            found += told
            broken = [*finished.failures, *(what for one in told for what in one.failures)]
            failures += [f"{fault.name}: {what}" for what in broken]
    if chosen == list(FAULTS):
        record(found)
    if failures:
        sys.exit("\n".join(["not reached:", *failures]))


if __name__ == "__main__":
    main()
