"""``make attack-test``: нападающие на 127.0.0.1, и таблица обещанного рядом с тем, что вышло.

``ATTACK_CLIENTS`` — сколько клиентов глухих и медленных вместе, ``ATTACK_SECONDS`` — длина отрезка.
Код выхода 1, если что-то из обещанного не вышло.
"""

import os
import sys
from collections.abc import Iterator, Sequence

from benchmarks.report import Goal
from benchmarks.stand import bench
from entrypoints.server.limits import ConnectionLimits
from entrypoints.settings import Settings
from tests.attack.trial import Crowd, Result, Stretch, tried

_CLIENTS = int(os.environ.get("ATTACK_CLIENTS", "5000"))
_SECONDS = int(os.environ.get("ATTACK_SECONDS", "20"))
_BODIES = 60
_HEALTH_SECONDS = 0.5
# Балансировщику, начатым ответам, закрытию сервиса и тому, кто не читает журнала.
_STOP_SECONDS = Settings().drain_seconds + ConnectionLimits().grace + 1 + 1
_MEMORY = 1.3  # во столько раз больше прежнего процесс бывает после толпы
_MIB = 1 << 20
_HEADING = (
    "| normal clients | 201 | p50, ms | p99, ms | slowest, ms | /health p50, ms | slowest, ms"
    " | memory, MiB |"
)


def goals(result: Result) -> Iterator[Goal]:
    """Перечисляет обещанное."""
    slowest = max(result.attacked.health, default=float("inf"))
    yield Goal("slowest /health under attack", slowest, most=_HEALTH_SECONDS, unit="s")
    yield Goal("SIGTERM under attack to the end", result.stop, most=_STOP_SECONDS, unit="s")
    verdict = result.verdict
    wrong = verdict.lost + verdict.doubled + verdict.denied + verdict.unexpected
    memory = result.memory_after / result.alone.memory
    yield Goal("memory when they have gone, to that before", memory, most=_MEMORY, unit="×")
    yield Goal("registrations lost, doubled or wrongly refused", wrong, most=0, unit="")


def table(result: Result) -> str:
    """Показывает отрезки рядом."""
    return "\n".join(
        [
            _HEADING,
            "|---|---:|---:|---:|---:|---:|---:|---:|",
            _row("alone", result.alone),
            _row("under attack", result.attacked),
            "",
            f"memory when they have gone: {result.memory_after / _MIB:.0f} MiB",
            f"acknowledged in all: {result.verdict.acknowledged}",
            "",
        ]
    )


def _row(name: str, stretch: Stretch) -> str:
    answers, health = stretch.answers, stretch.health
    shares = [_share(answers, 0.5), _share(answers, 0.99), _share(answers, 1)]
    shares += [_share(health, 0.5), _share(health, 1)]
    told = " | ".join(f"{1000 * share:.1f}" for share in shares)
    return f"| {name} | {len(answers)} | {told} | {stretch.memory / _MIB:.0f} |"


def _share(ordered: Sequence[float], share: float) -> float:
    if not ordered:
        return float("inf")
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def main() -> None:
    """Испытывает и показывает итог."""
    crowd = Crowd(deaf=_CLIENTS // 2, slow=_CLIENTS - _CLIENTS // 2, bodies=_BODIES)
    with bench() as built:
        result = tried(built, crowd, _SECONDS)
    found = list(goals(result))
    lines = [table(result), "| what | reach | measured | reached |", "|---|---|---|---|"]
    sys.stdout.write("\n".join([*lines, *map(str, found), ""]))
    if not all(goal.is_reached for goal in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
