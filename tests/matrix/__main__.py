"""Тесты базы данных на версиях PostgreSQL; строка на набор и ``results.json`` рядом.

Аргументы: папка, куда npm поставил версии, и старшие версии; без версий идут все. Итоги
записываются в документацию, но не в CI (переменная ``CI``): клон там не для правок. Код выхода 1,
если что-то не прошло.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.matrix.report import record
from tests.matrix.server import running_version
from tests.matrix.suites import Count, counted, paths
from tests.support.project import ROOT

VERSIONS = ("14", "15", "16", "17", "18")
_PROCESSES = len(os.sched_getaffinity(0))


def main() -> None:
    """Прогоняет тесты и показывает итоги."""
    packages, chosen = Path(sys.argv[1]), sys.argv[2:]
    if unknown := [version for version in chosen if version not in VERSIONS]:
        sys.exit(f"no such version here: {', '.join(unknown)}; there are: {', '.join(VERSIONS)}")
    counts = [count for version in chosen or VERSIONS for count in _tried(packages, version)]
    if not os.environ.get("CI"):
        record(counts)
    if failures := [f"{c.version}: {c.suite}: {c.failed}" for c in counts if c.failed]:
        sys.exit("\n".join(["failed:", *failures]))


def _tried(packages: Path, version: str) -> list[Count]:
    """Прогоняет все наборы на одной версии."""
    package = packages / "node_modules" / f"postgresql-{version}"
    with ExitStack() as stack:
        report = stack.enter_context(tempfile.NamedTemporaryFile(suffix=".xml"))
        # По серверу на процесс тестов: они смотрят и на то, что у сервера одно на всех.
        servers = [stack.enter_context(running_version(package)) for _ in range(_PROCESSES)]
        running = str(servers[0].ask("SELECT current_setting('server_version')"))
        sys.stdout.write(f"PostgreSQL {running}\n")
        sys.stdout.flush()
        run = subprocess.run(  # noqa: S603 — наши же тесты
            [
                *(sys.executable, "-m", "pytest", "-q", f"--junit-xml={report.name}"),
                *("-n", str(_PROCESSES), "--dist", "loadfile"),
                *paths(),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "CRM_TEST_DATABASE_URL": "\n".join(server.url for server in servers),
            },
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
