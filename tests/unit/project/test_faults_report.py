"""Отказы одного узла: документация показывает записанные итоги, и в них ничего не пропало."""

from tests.checker.results import recorded, table
from tests.faults.node_faults import FAULTS
from tests.support.made_table import shown_table
from tests.support.project import ROOT

RECORDED = recorded((ROOT / "tests" / "faults" / "results.json").read_text(encoding="utf-8"))
OF_THE_CLUSTER = recorded((ROOT / "tests" / "cluster" / "results.json").read_text(encoding="utf-8"))


def test_documentation_shows_the_recorded_results_of_every_fault() -> None:
    assert [result.fault for result in RECORDED] == [fault.name for fault in FAULTS]
    assert shown_table(ROOT / "docs" / "faults.md", "make fault-test") == table(RECORDED)


def test_recorded_run_kept_every_promise() -> None:
    assert [result.failures for result in RECORDED] == [[]] * len(RECORDED)


def test_recorded_runs_acknowledged_a_million() -> None:
    assert sum(result.acknowledged for result in [*RECORDED, *OF_THE_CLUSTER]) >= 1_000_000
