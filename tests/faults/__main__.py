"""Все отказы одного узла, один за другим; строка на отказ и ``results.json`` рядом.

Аргументы — имена отказов; без них идут все. ``FAULT_FLOW`` — сколько подтверждений дождаться до
отказа и после него. Код выхода 1, если что-то из обещанного не вышло.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.checker.load import Plan
from tests.checker.results import record
from tests.faults.node_faults import FAULTS
from tests.faults.trial import tried

_RESULTS = Path(__file__).with_name("results.json")
_FLOW = int(os.environ.get("FAULT_FLOW", "50000"))
_PLAN = Plan(clients=32, repeat_every=10, keyless_every=4)


def main() -> None:
    """Устраивает все отказы и показывает итоги."""
    names = [fault.name for fault in FAULTS]
    if unknown := [name for name in sys.argv[1:] if name not in names]:
        # Без этого опечатка была бы прогоном, в котором всё вышло.
        sys.exit(f"no such fault: {', '.join(unknown)}; there are:\n" + "\n".join(names))
    chosen = [fault for fault in FAULTS if not sys.argv[1:] or fault.name in sys.argv[1:]]
    results = []
    with tempfile.TemporaryDirectory(prefix="crm-api-faults-") as name:
        root = Path(name)
        root.chmod(0o755)  # в неё входит и учётная запись PostgreSQL
        for number, fault in enumerate(chosen):
            folder = root / f"service{number}"
            folder.mkdir()
            results.append(tried(fault, _PLAN, folder, root, flow=_FLOW))
            sys.stdout.write(f"{results[-1]}\n")
            sys.stdout.flush()
    if chosen == list(FAULTS):
        _RESULTS.write_text(record(results))
    sys.stdout.write(f"acknowledged {sum(result.acknowledged for result in results)} in all\n")
    if failures := [f"{r.fault}: {', '.join(r.failures)}" for r in results if r.failures]:
        sys.exit("\n".join(["not reached:", *failures]))


if __name__ == "__main__":
    main()
