"""Один импорт: открытые имена, и что говорится, когда на месте слоя чужой пакет."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import crm_api
from crm_api import public
from crm_api.namesakes import namesakes
from entrypoints.python import registration
from tests.support.project import ROOT


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Исполняет программу, которая лежит в своей папке."""
    (folder / "program.py").write_text(code, encoding="utf-8")
    return subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-W", "error", folder / "program.py"],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_names_are_those_of_the_layers() -> None:
    assert crm_api.registration is registration
    assert "EmailAlreadyRegisteredError" in public.__all__
    assert all(hasattr(crm_api, name) for name in public.__all__)


def test_absent_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match="'crm_api' has no attribute 'registrations'"):
        getattr(crm_api, "registrations")  # noqa: B009 — проверка типов такого имени не пропустит


def test_command_line_does_not_import_what_it_does_not_need(tmp_path: Path) -> None:
    done = run(tmp_path, "import sys, crm_api.command_line; print('sqlalchemy' in sys.modules)")
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_nobody_has_a_package_of_the_same_name_here() -> None:
    assert namesakes() == []


@pytest.mark.parametrize("layer", ["domain", "application", "adapters", "entrypoints"])
def test_host_program_with_a_package_of_the_same_name_is_told_the_way_out(
    tmp_path: Path, layer: str
) -> None:
    own = tmp_path / layer
    own.mkdir()
    (own / "__init__.py").touch()
    done = run(tmp_path, "from crm_api import registration")
    assert done.returncode == 1
    told = done.stderr.splitlines()[-1]
    assert told.startswith(f"ImportError: crm-api needs its own package '{layer}' ({ROOT / layer})")
    assert f"but Python finds {own}: rename that one or move it" in told
    assert "No module named" not in done.stderr


def test_command_says_it_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "entrypoints.py").touch()
    done = run(tmp_path, "from crm_api.command_line import main; main()")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: crm-api needs its own package 'entrypoints'")
    assert done.stderr.count("\n") == 1


def installed_over(folder: Path) -> None:
    """Кладёт опись второго дистрибутива, который поставил свой ``domain`` поверх нашего."""
    info = folder / "shop_model-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-model\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("domain\n")


def test_check_names_the_distribution_that_was_installed_over_ours(tmp_path: Path) -> None:
    installed_over(tmp_path)
    code = (
        "import os, sys; os.environ['CRM_DATABASE_URL'] = 'memory://';"
        "os.environ['CRM_PORT'] = '0';"
        "sys.argv = ['crm-api', 'check']; from crm_api.command_line import main; main()"
    )
    done = run(tmp_path, code)
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "packages FAILED the package 'domain' of crm-api has the files of shop-model" in told


def test_import_that_fails_for_another_reason_is_told_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "attrs.py").touch()
    done = run(tmp_path, "from crm_api import registration")
    assert "' from 'attrs' (" in done.stderr
