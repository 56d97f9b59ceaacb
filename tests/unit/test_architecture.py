"""Стрелки зависимостей смотрят внутрь."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_import_contracts_are_kept() -> None:
    # Отдельным процессом: import-linter настраивает журналы под себя.
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(  # noqa: S603 — запускается своя же зависимость
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
