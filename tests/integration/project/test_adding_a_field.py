"""Страница о новом поле говорит правду: её правок хватает, и тесты копии зелены."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.markdown import blocks
from tests.support.project import ROOT

PAGE = "docs/adding-a-field.md"
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", ".uv", ".*_cache", ".hypothesis", "__pycache__", "node_modules"
)
CODE_FILES = 6
TESTS = (
    *("tests/unit/domain/test_customer.py", "tests/unit/domain/test_rules.py"),
    "tests/unit/application",
    *("tests/unit/adapters/csv", "tests/unit/adapters/postgres"),
    *("tests/unit/entrypoints/cli", "tests/unit/entrypoints/python"),
    *("tests/unit/entrypoints/http/test_openapi.py", "tests/unit/entrypoints/test_texts.py"),
    "tests/unit/entrypoints/http/test_register_endpoint.py",
    "tests/unit/entrypoints/http/test_request_body.py",
    *("tests/unit/project/test_readme.py", "tests/unit/project/test_translations.py"),
    "tests/integration/adapters/postgres/registration/test_keys_of_earlier_version.py",
)


def edits() -> list[tuple[str, list[tuple[str, str]]]]:
    """Правки страницы: файл и замены в нём, что на что, целыми строками."""
    found = []
    for block in blocks(PAGE, "diff"):
        path, _, body = block.removeprefix("+++ ").partition("\n")
        hunks = [hunk.splitlines(keepends=True) for hunk in body.split("@@\n")]
        found.append((path, [(_side(hunk, "-"), _side(hunk, "+")) for hunk in hunks]))
    return found


def _side(hunk: list[str], sign: str) -> str:
    return "".join(line[1:] for line in hunk if line[0] in {" ", sign})


def apply(root: Path, path: str, hunks: list[tuple[str, str]]) -> None:
    file = root / path
    text = "\n" + file.read_text(encoding="utf-8") if file.exists() else "\n"
    for old, new in hunks:
        assert text.count("\n" + old) == 1, f"{path} has not exactly one place for {new}"
        text = text.replace("\n" + old, "\n" + new)
    file.write_text(text[1:], encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Копия дерева, в которую внесены правки страницы."""
    root = tmp_path_factory.mktemp("copy") / "crm-api"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    for path, hunks in edits():
        apply(root, path, hunks)
    return root


def run_in(root: Path, *arguments: str) -> None:
    """Исполняет модуль Python в копии."""
    run = subprocess.run(  # noqa: S603 — запускается своя же зависимость
        [sys.executable, "-m", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_edits_of_code_are_few() -> None:
    code = [path for path, _ in edits() if path.endswith(".py")]
    assert len(code) <= CODE_FILES


def test_tests_of_the_copy_are_green(copy: Path) -> None:
    run_in(copy, "tests.support.golden_sql")
    run_in(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS)
