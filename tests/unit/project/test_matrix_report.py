"""Тесты на версиях PostgreSQL: документация показывает записанные итоги, и в них всё прошло."""

from pathlib import Path

import pytest

from tests.matrix.__main__ import VERSIONS
from tests.matrix.report import COMMAND, PAGES, merged, recorded, table
from tests.matrix.suites import SUITES, Count, counted, paths
from tests.support.made_table import shown_table
from tests.support.project import ROOT

REPORT = """<testsuites><testsuite>
<testcase classname="tests.integration.adapters.postgres.registration.test_repository" name="a"/>
<testcase classname="tests.integration.adapters.postgres.registration.test_pooler" name="b">
  <skipped/></testcase>
<testcase classname="tests.integration.adapters.postgres.schema.test_adoption.TestIt" name="c">
  <failure/></testcase>
<testcase classname="tests.integration.entrypoints.cli.test_import_stops" name="d">
  <error/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documentation_shows_the_recorded_results(page: Path) -> None:
    assert shown_table(page, COMMAND) == table(recorded(), PAGES[page])


def test_every_suite_was_run_on_every_version_and_nothing_failed() -> None:
    found = [(count.major, count.suite) for count in recorded()]
    assert found == [(version, suite.name) for version in VERSIONS for suite in SUITES]
    assert [count for count in recorded() if count.failed or not count.passed] == []


def test_version_that_is_tried_alone_renews_its_own_rows() -> None:
    old = [Count(version, "import", 1, 0, 0) for version in ("14.1", "16.1")]
    new = [Count("15.1", "import", 2, 0, 0), Count("16.2", "import", 2, 0, 0)]
    assert merged(old, new) == [old[0], *new]


def test_each_outcome_is_counted_in_its_suite(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    counts = {count.suite: count for count in counted("14.1", report)}
    outcomes = {
        suite: (count.passed, count.skipped, count.failed) for suite, count in counts.items()
    }
    assert outcomes == {
        "contract of the repository": (1, 0, 0),
        "idempotency": (0, 0, 0),
        "group commit": (0, 1, 0),
        "migrations and adoption": (0, 0, 1),
        "import": (0, 0, 1),
    }


def test_every_file_of_a_suite_exists_and_is_run_once() -> None:
    named = {file.partition("::")[0] for suite in SUITES for file in suite.files}
    assert [file for file in named if not (ROOT / file).exists()] == []
    chosen = [Path(path.partition("::")[0]) for path in paths()]
    assert [path for path in chosen if set(path.parents) & set(chosen)] == []
