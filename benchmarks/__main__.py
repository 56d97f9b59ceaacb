"""``make bench``: меряет всё и пишет ``results/*.json``, ``results.md`` и диаграмму.

Всё включено, как поставляется: журнал SQL, журнал запросов, замеры, fsync, synchronous_commit.
``python -m benchmarks rates`` меряет одну часть; отчёт всегда делается из всего, что есть.
"""

import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs

from benchmarks.chart import draw
from benchmarks.csv_import import imports_beside_copy
from benchmarks.growth import memory_by_registrations, rates_by_table_size
from benchmarks.load import ToolMissingError, required
from benchmarks.measurement import Measurement, Sample
from benchmarks.pairs import measured_pairs
from benchmarks.peers.running import missing
from benchmarks.report import report
from benchmarks.stand import Bench, Case, bench, running_cases
from benchmarks.startup import measure_startup
from benchmarks.threads import rates_of_threads

_HERE = Path(__file__).parent
_RESULTS = _HERE / "results"
_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
_SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
_ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
_PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "sqlalchemy", "psycopg", "orjson")


def main(names: list[str]) -> None:
    """Меряет названные части (без названий — все), показывает и записывает отчёт."""
    try:
        required("wrk")
        for name in names or _PARTS:
            with bench() as built:
                result = {**_about(), name: _PARTS[name](built)}
            _RESULTS.mkdir(exist_ok=True)
            (_RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    except ToolMissingError as error:
        sys.exit(str(error))
    results = {path.stem: json.loads(path.read_text()) for path in _RESULTS.glob("*.json")}
    text = report(results)
    (_HERE / "results.md").write_text(text)
    draw(results["rates"], _HERE / "results")
    sys.stdout.write(text)


def _rates(built: Bench) -> object:
    """Повторяет замеры кругами: помеха на общей машине достаётся всем, а не одному."""
    samples: dict[Case, list[Sample]] = {}
    with running_cases(built) as cases:
        for number in range(1, _ROUNDS + 1):
            for case in cases:
                built.empty_table()
                sample = case.run(_SECONDS)
                samples.setdefault(case, []).append(sample)
                said = f"{number}/{_ROUNDS} {case.name}, {case.connections}: {sample.rate:.0f}/s\n"
                sys.stderr.write(said)
    return [
        attrs.asdict(Measurement(case.name, case.connections, tuple(taken)))
        for case, taken in samples.items()
    ]


def _scale(built: Bench) -> object:
    return [attrs.asdict(measured) for measured in rates_by_table_size(built, _ROUNDS, _SECONDS)]


def _memory(built: Bench) -> object:
    return [attrs.asdict(memory) for memory in memory_by_registrations(built)]


def _startup(built: Bench) -> object:
    return attrs.asdict(measure_startup(built.root, _ROUNDS))


def _pairs(built: Bench) -> object:
    return [attrs.asdict(pair) for pair in measured_pairs(built)]


def _threads(built: Bench) -> object:
    return [attrs.asdict(measured) for measured in rates_of_threads(built, _ROUNDS, _SECONDS)]


def _import(built: Bench) -> object:
    return [attrs.asdict(one) for one in imports_beside_copy(built, _ROWS, _ROUNDS)]


_PARTS: dict[str, Callable[[Bench], Any]] = {
    "rates": _rates,
    "pairs": _pairs,
    "scale": _scale,
    "memory": _memory,
    "startup": _startup,
    "threads": _threads,
    "import": _import,
}


def _about() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "rounds": _ROUNDS,
        "seconds": _SECONDS,
        "missing": missing(),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
