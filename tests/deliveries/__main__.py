"""Отказы одного узла с двумя подписчиками, один за другим; строка на отказ и подписчика.

Аргументы — имена отказов; без них идут все. Итоги устроенных заменяют прежние: в ``results.json``
рядом и в таблице документации. ``DELIVERY_FLOW`` — сколько подтверждений дождаться до отказа и
после него, ``DELIVERY_ROWS`` — сколько строк в каждом загружаемом файле. Код выхода 1, если что-то
из обещанного не вышло.
"""

import os
import sys

from tests.checker.delivery_results import counted_deliveries
from tests.checker.load import Plan
from tests.deliveries.report import put_results
from tests.deliveries.trial import Scale, tried_with_subscribers
from tests.faults.run import chosen_faults, end, trial_folders
from tests.support.said import say
from tests.support.sigterm import clean_up_on_sigterm

_SCALE = Scale(
    flow=int(os.environ.get("DELIVERY_FLOW", "10000")),
    rows=int(os.environ.get("DELIVERY_ROWS", "100000")),
    trouble=3.0,
)
_PLAN = Plan(clients=32, repeat_every=10, keyless_every=4)


def main() -> None:
    """Устраивает отказы и показывает итоги."""
    clean_up_on_sigterm()
    failures: list[str] = []
    for fault in chosen_faults(sys.argv[1:]):
        with trial_folders() as (folder, root):
            finished, verdicts = tried_with_subscribers(fault, _PLAN, folder, root, _SCALE)
        told = counted_deliveries(
            fault.name, finished.acknowledged, verdicts, imported=finished.imported
        )
        say(str(finished.result))
        for one in told:
            say(f"  {one}")
        put_results(told)
        broken = [*finished.failures, *(what for one in told for what in one.failures)]
        failures += [f"{fault.name}: {what}" for what in broken]
    end(failures)


if __name__ == "__main__":
    main()
