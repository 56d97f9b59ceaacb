"""Тесты базы данных на версиях PostgreSQL; строка на набор и ``results.json`` рядом.

Аргументы: папка, куда npm поставил версии, и старшие версии; без версий идут все, и только тогда
итоги записываются в документацию. Код выхода 1, если что-то не прошло.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.matrix.report import record
from tests.matrix.server import running_version
from tests.matrix.suites import Count, counted, paths
from tests.support.project import ROOT

VERSIONS = ("14", "15", "16", "17", "18")


def main() -> None:
    """Прогоняет тесты и показывает итоги."""
    packages, chosen = Path(sys.argv[1]), sys.argv[2:]
    if unknown := [version for version in chosen if version not in VERSIONS]:
        sys.exit(f"no such version here: {', '.join(unknown)}; there are: {', '.join(VERSIONS)}")
    counts = [count for version in chosen or VERSIONS for count in _tried(packages, version)]
    if not chosen:
        record(counts)
    if failures := [f"{c.version}: {c.suite}: {c.failed}" for c in counts if c.failed]:
        sys.exit("\n".join(["failed:", *failures]))


def _tried(packages: Path, version: str) -> list[Count]:
    """Прогоняет все наборы на одной версии."""
    with (
        running_version(packages / "node_modules" / f"postgresql-{version}") as server,
        tempfile.NamedTemporaryFile(suffix=".xml") as report,
    ):
        running = str(server.ask("SELECT current_setting('server_version')"))
        sys.stdout.write(f"PostgreSQL {running}\n")
        sys.stdout.flush()
        run = subprocess.run(  # noqa: S603 — наши же тесты
            [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report.name}", *paths()],
            cwd=ROOT,
            env={**os.environ, "CRM_TEST_DATABASE_URL": server.url},
            check=False,
        )
        # 0 — прошло всё, 1 — не всё; прочее — прогон не состоялся, и считать нечего.
        if run.returncode not in {0, 1}:
            sys.exit(run.returncode)
        counts = counted(running, Path(report.name))
    for count in counts:
        sys.stdout.write(
            f"{count.version} {count.suite}: {count.passed} passed, {count.skipped} skipped,"
            f" {count.failed} failed\n"
        )
    return counts


if __name__ == "__main__":
    main()
