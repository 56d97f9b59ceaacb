"""Все отказы одного узла, один за другим; строка на отказ.

Аргументы — имена отказов; без них идут все, и только тогда итоги остаются: в ``results.json`` рядом
и в таблице документации. ``FAULT_FLOW`` — сколько подтверждений дождаться до отказа и после него.
Код выхода 1, если что-то из обещанного не вышло.
"""

import os
import sys
from pathlib import Path

from tests.checker.load import Plan
from tests.checker.results import record, table
from tests.faults.node_faults import FAULTS
from tests.faults.run import chosen_faults, end, trial_folders
from tests.faults.trial import tried
from tests.support.made_table import put_table
from tests.support.project import ROOT
from tests.support.said import say
from tests.support.sigterm import clean_up_on_sigterm

_RESULTS = Path(__file__).with_name("results.json")
_PAGE = ROOT / "docs" / "faults.md"
_FLOW = int(os.environ.get("FAULT_FLOW", "50000"))
_PLAN = Plan(clients=32, repeat_every=10, keyless_every=4)


def main() -> None:
    """Устраивает все отказы и показывает итоги."""
    clean_up_on_sigterm()
    chosen = chosen_faults(sys.argv[1:])
    results = []
    for fault in chosen:
        with trial_folders() as (folder, root):
            results.append(tried(fault, _PLAN, folder, root, flow=_FLOW))
        say(str(results[-1]))
    if chosen == list(FAULTS):
        _RESULTS.write_text(record(results))
        put_table(_PAGE, "make fault-test", table(results))
    say(f"acknowledged {sum(result.acknowledged for result in results)} in all")
    end([f"{r.fault}: {', '.join(r.failures)}" for r in results if r.failures])


if __name__ == "__main__":
    main()
