"""``make bench``: меряет всё и пишет ``results/*.json``, ``results.md`` и диаграмму.

Всё включено, как поставляется: журнал SQL, журнал запросов, замеры, fsync, synchronous_commit.
Часть меряется и одна (``python -m benchmarks rates``); отчёт всегда делается из всего, что есть.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.call_path import measured_path, path_report
from benchmarks.chart import draw
from benchmarks.load import ToolMissingError, required
from benchmarks.parts import PARTS, ROUNDS, SECONDS
from benchmarks.peers.running import missing
from benchmarks.report import report
from benchmarks.stand import bench

_HERE = Path(__file__).parent
_PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "sqlalchemy", "psycopg", "orjson")


@click.group(invoke_without_command=True, chain=True, subcommand_metavar="[PART]...")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=_HERE,
    help="Folder of results/*.json, results.md and the chart, instead of benchmarks/.",
)
@click.pass_context
def benchmarks(context: click.Context, into: Path) -> None:
    """Measure PART after PART; without PART, all that the report shows, in half an hour.

    BENCH_ROUNDS (3), BENCH_SECONDS of a turn (4) and BENCH_ROWS of the imported file
    (1 000 000) change how long.
    """
    context.obj = into
    if context.invoked_subcommand is None:
        for name in PARTS:
            _measure(into, name)


def _measure(into: Path, name: str) -> None:
    """Меряет часть и делает отчёт заново."""
    try:
        required("wrk")
    except ToolMissingError as error:
        raise click.ClickException(str(error)) from None
    with bench() as built:
        result = {**_about(), name: PARTS[name].measure(built)}
    folder = into / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    results = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    if "rates" not in results:
        sys.stderr.write("no report yet: it needs the part rates\n")
        return
    text = report(results)
    (into / "results.md").write_text(text)
    draw(results["rates"], into / "results")
    sys.stdout.write(text)


def _about() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "rounds": ROUNDS,
        "seconds": SECONDS,
        "missing": missing(),
    }


@benchmarks.command(
    "path", short_help="Python calls of one lone registration; changes no file (1 min)"
)
def call_path() -> None:
    """Count the Python calls of one lone registration, by package and by file of ours.

    The count is the same on a busy machine. It is that of most of 200 registrations, which come
    one after another on one connection; calls and resumed coroutines both count, as in
    sys.setprofile.
    """
    with bench() as built:
        click.echo(path_report(measured_path(built)), nl=False)


def _command(name: str) -> click.Command:
    part = PARTS[name]
    callback = click.pass_obj(partial(_measure, name=name))
    about = f"{part.about} ({part.minutes} min)"
    return click.Command(name, callback=callback, help=about, short_help=about)


for _name in PARTS:
    benchmarks.add_command(_command(_name))

if __name__ == "__main__":
    benchmarks()
