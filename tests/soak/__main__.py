"""Отказы одного узла по кругу, пока подтверждений не наберётся сколько надо.

Аргументы: папка, где копятся итоги кругов, и сколько подтвердить всего. Ctrl-C и SIGTERM
останавливают: начатый круг не в счёт, та же команда продолжит со следующего. ``SOAK_FLOW`` —
сколько подтверждений дождаться до отказа и после него. Код выхода 1, если что-то из обещанного не
вышло хоть в одном круге.
"""

import os
import signal
import sys
from pathlib import Path

from tests.checker.load import Plan
from tests.faults.imports import ImportsUnderWay
from tests.faults.node_faults import FAULTS, Fault
from tests.faults.run import end, trial_folders
from tests.faults.small_disk import may_mount
from tests.faults.trial import tried
from tests.soak.rounds import Round, Rounds, summary
from tests.support.required_programs import installed
from tests.support.said import say
from tests.support.sigterm import clean_up_on_sigterm

_FLOW = int(os.environ.get("SOAK_FLOW", "50000"))
_PLAN = Plan(clients=32, repeat_every=10, keyless_every=2)
_IMPORTED_ROWS = 5_000


def main() -> None:
    """Устраивает круг за кругом и показывает, сколько уже набралось."""
    clean_up_on_sigterm()
    if len(sys.argv) != 3 or not sys.argv[2].isdecimal():
        sys.exit("say where the totals are kept: make soak-test STATE=folder [COUNT=10000000]")
    rounds, wanted = Rounds(Path(sys.argv[1])), int(sys.argv[2])
    faults = [fault for fault in FAULTS if _is_possible(fault)]
    try:
        while _acknowledged(rounds) < wanted:
            finished = _round(faults[len(rounds.done) % len(faults)])
            rounds.append(finished)
            failed = "; ".join(finished.failures)
            say(f"{finished.result}, imported {finished.imported}{failed and f'; NOT: {failed}'}")
            say(f"{len(rounds.done)} rounds, {_acknowledged(rounds)} of {wanted} acknowledged")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    finally:
        say(summary(rounds.done))
    broken = [one for one in rounds.done if one.failures]
    end([f"{one.result.fault}: {'; '.join(one.failures)}" for one in broken])


def _is_possible(fault: Fault) -> bool:
    """Говорит, можно ли устроить отказ здесь; о невозможном говорит вслух."""
    if fault.is_pooled and installed("pgbouncer") is None:
        say(f"left out: {fault.name}: PgBouncer is not installed")
        return False
    if fault.needs_small_disk and not may_mount():
        say(f"left out: {fault.name}: only root with CAP_SYS_ADMIN may mount a small disk")
        return False
    return True


def _round(fault: Fault) -> Round:
    with trial_folders() as (folder, root):
        imports = ImportsUnderWay(folder, _IMPORTED_ROWS)
        result = tried(
            fault, _PLAN, folder, root, flow=_FLOW, beside=imports.beside, rows=_IMPORTED_ROWS
        )
        return Round(result, imports.imported, imports.lost, imports.doubled, imports.refused)


def _acknowledged(rounds: Rounds) -> int:
    return sum(one.acknowledged for one in rounds.done)


if __name__ == "__main__":
    main()
