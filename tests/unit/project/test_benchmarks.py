"""Что замеры считают сами: отношения, строки отчёта, доли запуска."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import benchmarks
from benchmarks.call_path import OURS, CallPath, package_of, path_report, usual_path
from benchmarks.expensive_bodies import bodies
from benchmarks.expensive_bodies import measured as measured_bodies
from benchmarks.load import percentiles
from benchmarks.measurement import Measurement, Sample
from benchmarks.parts import PARTS
from benchmarks.peers.answers import WrongAnswerError, check_created
from benchmarks.peers.running import BUN
from benchmarks.report import Goal, backlog_goals, import_goals, rate_goals
from benchmarks.stand import PGBENCH, service_name
from benchmarks.startup import largest_imports
from benchmarks.threads import threads_rate
from entrypoints.http.register_request import MAX_BODY
from tests.support.customers import IVAN
from tests.support.project import ROOT


def measured(name: str, connections: int, rate: float, p50: float, p99: float) -> Measurement:
    samples = [Sample(rate * share, p50, p99, 0) for share in (0.5, 1, 2)]
    return Measurement(name, connections, tuple(samples))


RATES = [
    measured(PGBENCH, 1, 1000, 1, 1),
    measured(PGBENCH, 64, 10_000, 6, 9),
    measured(service_name(1), 1, 400, 2.5, 3),
    measured(service_name(1), 64, 5000, 10, 50),
    measured(service_name(2), 64, 8000, 8, 20),
    measured(service_name(1), 1024, 4000, 300, 500),
    measured(BUN.name, 1, 2000, 0.5, 1),
    measured(BUN.name, 64, 4000, 15, 30),
]


def test_goals_compare_medians() -> None:
    goals = {goal.what: goal for goal in rate_goals(RATES)}
    assert goals["rate at 64 connections (crm-api, 2 workers) ÷ pgbench"].measured == 0.8
    assert goals["rate at 64 connections (crm-api, 1 worker) ÷ Bun"].measured == 1.25
    assert goals["median latency, one connection ÷ Bun"].measured == 5
    assert goals["p99 ÷ median at 64 connections, 1 worker"].measured == 5
    assert goals["worst rate of 16 to 1 024 connections ÷ best"].measured == 0.8


def test_backlog_is_told_by_its_rate_and_by_what_the_memory_grew() -> None:
    memory = [50, 70, 80, 80, 81, 84, 82, 80, 80]
    rate, growth = backlog_goals({"events": 3000, "seconds": 2.0, "memory": memory})
    assert (rate.measured, rate.is_reached) == (1500, True)
    assert (growth.measured, growth.is_reached) == (84 / 80, True)


def test_peer_that_is_not_installed_has_no_goal() -> None:
    found = [one for one in RATES if one.name != BUN.name]
    assert [goal.what for goal in rate_goals(found) if "Bun" in goal.what] == []


def test_wrong_answers_of_two_workers_count_too() -> None:
    failed = Measurement(service_name(2), 256, (Sample(1, 1, 1, 3),))
    goals = {goal.what: goal for goal in rate_goals([*RATES, failed])}
    assert goals["wrong answers, 1 and 2 workers, all connections"].measured == 3


@pytest.mark.parametrize(
    ("goal", "is_reached"),
    [
        (Goal("rate", 0.99, least=1), False),
        (Goal("rate", 1, least=1), True),
        (Goal("latency", 2.01, most=2), False),
        (Goal("latency", 2, most=2), True),
    ],
)
def test_goal_is_reached_at_its_limit_and_not_before(goal: Goal, is_reached: bool) -> None:  # noqa: FBT001 — ожидаемое
    assert goal.is_reached is is_reached
    assert str(goal).endswith("| yes |" if is_reached else "| **no** |")


def test_import_is_compared_with_copy_and_its_memory_with_that_of_a_small_file() -> None:
    mib = 1024 * 1024
    few = {"rows": 10_000, "seconds": [2.0], "copy_seconds": [0.1], "peak": 100 * mib}
    many = {"rows": 1_000_000, "seconds": [9, 30, 8], "copy_seconds": [1, 2, 3], "peak": 105 * mib}
    goals = list(import_goals([few, many]))
    assert [goal.measured for goal in goals] == [4.5, 1.05, 105]
    looked = list(import_goals([few, {**many, "look_seconds": [0.9, 0.1, 0.9]}]))
    assert [goal.measured for goal in looked] == [4.5, 1.05, 105, 0.1]
    assert goals[0].what == "import of 1 000 000 rows ÷ \\copy of them"
    assert list(import_goals([])) == []


def test_imports_are_summed_by_package() -> None:
    report = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      1500 |       1500 |   package.part\n"
        "import time:       500 |       2000 | package\n"
        "import time:       700 |        700 | other\n"
    )
    assert largest_imports(report) == {"package": 2.0, "other": 0.7}


def test_percentiles_are_of_the_third_field() -> None:
    lines = [f"0 {n} {n * 1000} 0 1700000000 0\n" for n in range(100)]
    assert percentiles("".join(reversed(lines))) == (50, 99)


def test_threads_are_measured_without_a_database() -> None:
    sample = threads_rate("memory://", threads=4, seconds=0)
    assert sample.refused == 0
    assert sample.rate > 0
    assert sample.latency_p99 is not None
    assert sample.latency_p50 <= sample.latency_p99


def stored() -> dict[str, object]:
    """Ответ 201 о только что записанном: время сверяется с часами."""
    return {**IVAN, "id": 1, "registered_at": datetime.now(UTC).isoformat()}


def test_customer_that_a_peer_has_stored_is_accepted() -> None:
    check_created(IVAN, stored())
    least = {"name": "Ivan", "email": "ivan@example.ru"}
    check_created(least, {**stored(), **dict.fromkeys(IVAN), **least})


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Another"},
        {"age": None},
        {"id": None},
        {"id": "1"},
        {"registered_at": "2026-02-11T13:45:00Z"},
    ],
)
def test_peer_that_answers_with_another_customer_is_not_measured(changes: dict[str, Any]) -> None:
    with pytest.raises(WrongAnswerError):
        check_created(IVAN, {**stored(), **changes})


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks/peers").glob("*/package-lock.json")))
def test_peers_of_npm_are_locked_with_hashes_and_without_addresses(path: Path) -> None:
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    del packages[""]  # сам соперник
    assert packages
    assert [name for name, about in packages.items() if "resolved" in about] == []
    assert [name for name, about in packages.items() if "integrity" not in about] == []


@pytest.mark.parametrize(
    ("file", "package"),
    [
        (f"{ROOT}/domain/text.py", OURS),
        (f"{ROOT}/.venv/lib/python3.12/site-packages/starlette/routing.py", "starlette"),
        ("/lib/site-packages/typing_extensions.py", "typing_extensions"),
        ("/usr/lib/python3.12/logging/__init__.py", "standard library"),
        ("<frozen posixpath>", "standard library"),
        ("<attrs generated methods domain.customer.Customer>", "attrs"),
    ],
)
def test_call_counts_for_the_package_whose_code_it_runs(file: str, package: str) -> None:
    assert package_of(file) == package


def test_most_frequent_way_of_a_registration_is_shown() -> None:
    usual, swept = {"a": 2, "b": 1}, {"a": 2, "b": 1, "c": 5}
    assert usual_path([usual, swept, usual]) == CallPath(usual, same=2, counted=3)


def test_way_of_a_registration_is_summed_by_package_and_by_our_file() -> None:
    starlette = "/lib/site-packages/starlette"
    files = {
        f"{ROOT}/domain/text.py": 3,
        f"{ROOT}/domain/rules.py": 4,
        f"{starlette}/routing.py": 2,
        f"{starlette}/requests.py": 1,
        "<frozen abc>": 1,
    }
    path = CallPath(files, same=1, counted=1)
    assert list(path.packages.items()) == [(OURS, 7), ("starlette", 3), ("standard library", 1)]
    assert list(path.our_files.items()) == [("domain/rules.py", 4), ("domain/text.py", 3)]
    assert "| together | 11 |" in path_report(path)


def test_help_says_of_every_part_how_long_it_takes() -> None:
    said = CliRunner().invoke(benchmarks, ["--help"], terminal_width=120).output
    for name, part in PARTS.items():
        assert f"  {name} " in said
        assert f"{part.about} ({part.minutes} min)" in said


def test_expensive_bodies_are_bodies_that_the_service_reads() -> None:
    found = dict(bodies())
    assert all(0 < len(body) <= MAX_BODY for body in found.values())
    answers = asyncio.run(measured_bodies(found, rounds=1))
    assert {status for _, status in answers.values()} == {201, 422}
