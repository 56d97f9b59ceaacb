"""Слои импортируют только внутренние слои, ядро — ещё attrs, а с libpq говорит один файл."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT


def test_import_contracts_are_kept() -> None:
    # Отдельным процессом: import-linter настраивает журналы под себя.
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(  # noqa: S603 — запускается своя же зависимость
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def imported(package: str) -> set[str]:
    """Верхние имена всего, что импортирует пакет."""
    names: set[str] = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
    return names


def test_one_file_talks_to_libpq_on_an_open_connection() -> None:
    talking = {
        str(path.relative_to(ROOT))
        for package in ("domain", "application", "adapters", "entrypoints", "crm_api")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "pgconn"
    }
    assert talking == {"adapters/postgres/registration/libpq.py"}


def test_tests_share_code_through_support_only() -> None:
    sharing = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("tests.unit", "tests.integration"))
    }
    assert sharing == set()


@pytest.mark.parametrize(
    ("package", "allowed"),
    [("domain", {"domain", "attrs"}), ("application", {"application", "domain", "attrs"})],
)
def test_core_imports_only_the_standard_library_and_attrs(package: str, allowed: set[str]) -> None:
    assert imported(package) <= sys.stdlib_module_names | allowed
