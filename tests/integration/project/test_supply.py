"""Опись состава (SBOM) и известные уязвимости, с настоящими программами.

У них своё окружение: ставится полминуты из сети, из кэша — секунды.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.supply.vulnerabilities import ask
from tests.support.advisories import advisories
from tests.support.locks import locked_here
from tests.support.project import ROOT
from tests.support.uv import need_uv, uv

SERVICE = ROOT / "requirements" / "service.txt"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
OLD = ("jinja2", "3.1.2")
NEW = ("click", "8.5.1")


def environment(folder: Path, lock: str) -> Path:
    """Новое окружение с тем, что закреплено."""
    need_uv(folder.with_name("probe"))
    uv("venv", "--python", sys.executable, folder)
    uv("pip", "install", "--python", folder, "--require-hashes", "-r", f"requirements/{lock}.txt")
    return folder


@pytest.fixture(scope="module")
def programs(data_root: Path) -> Path:
    """Папка с cyclonedx-py и pip-audit."""
    return environment(data_root / "supply", "supply") / "bin"


@pytest.fixture(scope="module")
def sbom(programs: Path, data_root: Path) -> Mapping[str, Any]:
    """Опись, составленная той же командой, что в make wheel и в образе."""
    installed = environment(data_root / "described", "service")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (command,) = re.findall("^SBOM := cyclonedx-py (.*)$", makefile, re.MULTILINE)
    written = data_root / "crm_api.cdx.json"
    subprocess.run(  # noqa: S603 — программа установлена нами
        [programs / "cyclonedx-py", *command.split(), written, installed], cwd=ROOT, check=True
    )
    described: Mapping[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return described


def test_sbom_lists_what_is_locked_for_the_service_and_nothing_else(
    sbom: Mapping[str, Any],
) -> None:
    listed = {canonicalize_name(one["name"]): one["version"] for one in sbom["components"]}
    assert listed == locked_here(SERVICE)


def test_sbom_names_a_licence_of_every_package(sbom: Mapping[str, Any]) -> None:
    assert [one["name"] for one in sbom["components"] if not one.get("licenses")] == []


def test_sbom_says_whose_it_is_and_tells_nothing_of_the_machine(sbom: Mapping[str, Any]) -> None:
    ours = sbom["metadata"]["component"]
    assert (sbom["bomFormat"], ours["name"], ours["version"]) == ("CycloneDX", "crm-api", VERSION)
    assert str(ROOT) not in json.dumps(sbom)
    needed = {one["ref"]: one.get("dependsOn", []) for one in sbom["dependencies"]}
    assert "starlette" in " ".join(needed[ours["bom-ref"]])


def lock(folder: Path, *pins: tuple[str, str]) -> Path:
    written = folder / "requirements.txt"
    lines = (f"{name}=={version} --hash=sha256:{'0' * 64}\n" for name, version in pins)
    written.write_text("".join(lines), encoding="utf-8")
    return written


def test_known_vulnerability_fails_the_audit_and_is_named(
    programs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with advisories({OLD: "PYSEC-2026-1"}) as served:
        assert ask(programs, [lock(tmp_path, OLD, NEW)], served.url) == 1
    assert "jinja2 3.1.2   PYSEC-2026-1" in capfd.readouterr().out


def test_audit_asks_one_question_a_package_and_passes_without_vulnerabilities(
    programs: Path, tmp_path: Path
) -> None:
    with advisories({}) as served:
        assert ask(programs, [lock(tmp_path, OLD, NEW)], served.url) == 0
    assert sorted(served.asked) == [NEW, OLD]


def test_audit_that_gets_no_answer_does_not_pass(programs: Path, tmp_path: Path) -> None:
    with advisories({}) as served:
        gone = served.url
    assert ask(programs, [lock(tmp_path, NEW)], gone) != 0
