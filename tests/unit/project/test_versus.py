"""Замер рядом с прежней сборкой: круги, отношения, строки отчёта."""

from pathlib import Path

import pytest

from benchmarks.build import TODAY, BuildError, old_build
from benchmarks.growth import Memory
from benchmarks.measurement import Sample, quartiles
from benchmarks.stand import Bench
from benchmarks.versus import CALM, CROWD, KEYS, LONE, ORIGIN, Program, Row, measured_rows
from benchmarks.versus_report import versus_report
from tests.support.project import ROOT


def test_quartiles_of_one_value_are_that_value() -> None:
    assert quartiles([3]) == (3, 3, 3)
    assert quartiles([5, 1, 2, 4, 3]) == (2, 3, 4)


def test_every_program_of_a_row_has_one_turn_in_every_round() -> None:
    programs = {name: Program(name, Bench(ROOT, "", "")) for name in ("first", "second")}
    turns: list[str] = []

    def turn(program: Program) -> Sample:
        turns.append(program.url)
        return Sample(len(turns), 1, 1, 0)

    rows = [Row("calm", programs, turn), Row("lone", {"first": programs["first"]}, turn)]
    samples = measured_rows(rows, rounds=5)
    for start in range(0, 15, 3):
        assert sorted(turns[start : start + 2]) == ["first", "second"]
        assert turns[start + 2] == "first"
    taken = {what: {name: len(s) for name, s in of.items()} for what, of in samples.items()}
    assert taken == {"calm": {"first": 5, "second": 5}, "lone": {"first": 5}}


def repeated(*rates: float, refused: int = 0) -> list[Sample]:
    return [Sample(rate, 1000 / rate, 3000 / rate, refused) for rate in rates]


def test_ratios_beside_an_older_build_are_taken_round_by_round() -> None:
    # Машина во втором круге вдвое быстрее: отношение от этого не меняется.
    calm = {TODAY: repeated(20, 40), "old": repeated(10, 20), "Bun": repeated(16, 32, refused=1)}
    ours = {TODAY: repeated(19, 38), "old": repeated(9, 18)}
    samples = {CALM: calm, CROWD: calm, LONE: calm, ORIGIN: ours, KEYS: ours}
    lines = versus_report(samples, {}).splitlines()
    assert "| what | today | old | Bun | today ÷ old | today ÷ Bun |" in lines
    ratios = "2.00 (2.00–2.00) | 1.25 (1.25–1.25) |"
    assert f"| {CALM}: 1/s | 30 (25–35) | 15 (12–18) | 24 (20–28) | {ratios}" in lines
    lone = next(line for line in lines if line.startswith(f"| {LONE}: median, ms |"))
    assert lone.endswith("| 0.50 (0.50–0.50) | 0.80 (0.80–0.80) |")
    origin = next(line for line in lines if line.startswith(f"| {ORIGIN}: 1/s |"))
    assert origin.endswith("|  | 2.11 (2.11–2.11) |  |")
    assert "| rate with an Origin ÷ without | 0.95 (0.95–0.95) | 0.90 (0.90–0.90) |" in lines
    assert "| p99 ÷ median | 3.00 (3.00–3.00) | 3.00 (3.00–3.00) |" in lines
    assert "Wrong answers: today 0, old 0, Bun 6." in lines


def test_memory_beside_an_older_build_is_shown_when_it_was_measured() -> None:
    calm = {TODAY: repeated(2), "old": repeated(1)}
    samples = dict.fromkeys((CALM, CROWD, LONE, ORIGIN, KEYS), calm)
    memory = {TODAY: Memory(1_000_000, 70 * 2**20), "old": Memory(1_000_000, 73 * 2**20)}
    assert "| PSS, MiB | 70.0 | 73.0 |" in versus_report(samples, memory).splitlines()


def test_revision_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"^no revision nowhere here.*$"):
        old_build("nowhere", tmp_path)
