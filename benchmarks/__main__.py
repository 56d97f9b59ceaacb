"""``make bench``: меряет всё и пишет ``results/*.json``, ``results.md`` и диаграмму.

Всё включено, как поставляется: журнал SQL, журнал запросов, замеры, fsync, synchronous_commit.
Часть меряется и одна (``python -m benchmarks rates``); отчёт всегда делается из всего, что есть.
"""

import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click
import psycopg

from benchmarks.build import BuildError, old_build
from benchmarks.call_path import CountFailedError, measured_path, path_report
from benchmarks.chart import draw
from benchmarks.discreet_answers import discreet_report
from benchmarks.expensive_bodies import bodies_report
from benchmarks.parts import PARTS, ROUNDS, SECONDS
from benchmarks.peers.answers import WrongAnswerError
from benchmarks.peers.running import PeerFailedError, missing
from benchmarks.report import report
from benchmarks.stand import bench
from benchmarks.versus import measured_memory, measured_rows, running_programs
from benchmarks.versus_report import versus_report
from tests.support.required_programs import ToolMissingError, required
from tests.support.sigterm import clean_up_on_sigterm

_HERE = Path(__file__).parent
_FAILURES = (
    CountFailedError,
    BuildError,
    PeerFailedError,
    ToolMissingError,
    WrongAnswerError,
    psycopg.OperationalError,
)
_PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "sqlalchemy", "psycopg", "orjson")


@click.group(invoke_without_command=True, subcommand_metavar="[PART]")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=_HERE,
    help="Folder of results/*.json, results.md and the chart, instead of benchmarks/.",
)
@click.pass_context
def benchmarks(context: click.Context, into: Path) -> None:
    """Measure PART; without it, all that the report shows, in three quarters of an hour.

    BENCH_ROUNDS (3), BENCH_SECONDS of a turn (4), BENCH_ROWS of the imported file (1 000 000) and
    BENCH_EVENTS that wait (1 000 000) change how long.
    """
    context.obj = into
    if context.invoked_subcommand is None:
        for name in PARTS:
            _measure(into, name)


def _measure(into: Path, name: str) -> None:
    """Меряет часть и делает отчёт заново."""
    with _failures_in_one_line(), bench() as built:
        required("wrk")
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
    sys.stdout.write(text)
    try:
        draw(results["rates"], into / "results")
    except ModuleNotFoundError:  # ставится не с сервисом, а с make bench
        sys.stderr.write("no chart: matplotlib is not installed; run: make bench\n")


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
    with _failures_in_one_line(), bench() as built:
        click.echo(path_report(measured_path(built)), nl=False)


@benchmarks.command(
    "bodies", short_help="the most expensive request bodies found; changes no file (10 s)"
)
def expensive_bodies() -> None:
    """Time the most expensive request bodies of 16 KiB that were found, from bytes to answer."""
    click.echo(bodies_report(), nl=False)


@benchmarks.command(
    "discreet",
    short_help="whether the time tells that an e-mail is taken; changes no file (2 min)",
)
@click.option("--requests", type=click.IntRange(10), default=2000, show_default=True)
def discreet_answers(requests: int) -> None:
    """Compare the time of answers to free and to taken e-mails with CRM_REVEAL_TAKEN=false."""
    with _failures_in_one_line(), bench() as built:
        click.echo(discreet_report(built, requests), nl=False)


@benchmarks.command(
    short_help="today's tree beside the build of a git revision and Bun; changes no file (7 min)"
)
@click.argument("revision", metavar="REV")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--seconds", type=click.IntRange(1), default=4, show_default=True, help="Of one turn."
)
@click.option("--memory", is_flag=True, help="Also after a million registrations; minutes more.")
@click.option(
    "--server",
    metavar="URL",
    help="A PostgreSQL to use, as its superuser, in databases made for the run; default: one"
    " started here and reached by its Unix socket.",
)
def versus(revision: str, rounds: int, seconds: int, server: str | None, *, memory: bool) -> None:
    """Compare the tree as it is with the build of the git revision REV and with Bun.

    In turns, in one run: 64 connections and one worker, also with an Origin and with a key on
    every request; 256 connections and two workers; one connection. Bun has one process.
    """
    with _failures_in_one_line(), bench(server) as built:
        required("wrk")
        old = old_build(revision, built.folder())
        with running_programs(built, old) as (programs, services):
            samples = measured_rows(programs.rows(seconds), rounds)
            grown = measured_memory(services) if memory else {}
    click.echo(versus_report(samples, grown), nl=False)


@contextmanager
def _failures_in_one_line() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise click.ClickException(str(error)) from None


def _command(name: str) -> click.Command:
    part = PARTS[name]
    callback = click.pass_obj(partial(_measure, name=name))
    about = f"{part.about} ({part.minutes} min)"
    return click.Command(name, callback=callback, help=about, short_help=about)


for _name in PARTS:
    benchmarks.add_command(_command(_name))

if __name__ == "__main__":
    # Кончая и по SIGTERM, останавливают всё, что запустили ради замеров.
    clean_up_on_sigterm()
    benchmarks()
