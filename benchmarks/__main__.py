"""``make bench``: меряет всё по очереди, несколько раз, и пишет ``results.json`` и ``results.md``.

Всё включено, как поставляется: журнал SQL, журнал запросов, fsync, synchronous_commit.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import attrs

from benchmarks.load import ToolMissingError, required
from benchmarks.measurement import Measurement, Sample
from benchmarks.peers.running import PEERS
from benchmarks.stand import Case, stand

_HERE = Path(__file__).parent
_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
_SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))
_PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "sqlalchemy", "psycopg", "orjson")


def main() -> None:
    """Меряет, показывает и записывает."""
    try:
        required("wrk")
        for peer in PEERS:
            peer.require()
    except ToolMissingError as error:
        sys.exit(str(error))
    measurements = _measure()
    about = _about()
    table = _table(measurements, about)
    content = {**about, "measurements": [attrs.asdict(measured) for measured in measurements]}
    (_HERE / "results.json").write_text(json.dumps(content, indent=1) + "\n")
    (_HERE / "results.md").write_text(table)
    sys.stdout.write(table)


def _measure() -> list[Measurement]:
    """Повторяет замеры кругами: помеха на общей машине достаётся всем, а не одному."""
    samples: dict[Case, list[Sample]] = {}
    with stand(_SECONDS) as built:
        for number in range(1, _ROUNDS + 1):
            for case in built.cases:
                built.empty_table()
                sample = case.run()
                samples.setdefault(case, []).append(sample)
                said = f"{number}/{_ROUNDS} {case.name}, {case.connections}: {sample.rate:.0f}/s\n"
                sys.stderr.write(said)
    return [
        Measurement(case.name, case.connections, tuple(taken)) for case, taken in samples.items()
    ]


def _about() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "rounds": _ROUNDS,
        "seconds": _SECONDS,
    }


def _table(measurements: list[Measurement], about: dict[str, object]) -> str:
    by_connections = {m.connections: m.rate for m in measurements if m.name == "pgbench"}
    when = f"Measured {about['date']} on {about['machine']}, Python {about['python']}"
    how = f"medians of {_ROUNDS} rounds of {_SECONDS} s, in turns, from an empty table"
    lines = [
        f"{when}: {how}.",
        "",
        "| what | connections | registrations/s | spread | × pgbench | p50, ms | p99, ms | wrong |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for measured in measurements:
        low, high = measured.spread
        limit = by_connections.get(measured.connections)
        ratio = f"{measured.rate / limit:.2f}" if limit else ""
        p99 = f"{measured.latency_p99:.2f}" if measured.latency_p99 is not None else ""
        lines.append(
            f"| {measured.name} | {measured.connections} | {measured.rate:.0f}"
            f" | {low:.0f}–{high:.0f} | {ratio} | {measured.latency_p50:.2f} | {p99}"
            f" | {measured.wrong} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
