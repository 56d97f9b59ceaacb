"""Лицензии зависимостей: позволено только названное в списке."""

from pathlib import Path

import pytest

from tests.supply.allowed_licences import ALLOWED, SPELT_OTHERWISE
from tests.supply.licences import refused
from tests.support.locks import locked, locked_here
from tests.support.project import ROOT

REQUIREMENTS = ROOT / "requirements"
TEXT = "License: Copyright (c) 2024, Somebody\n        |All rights reserved.\n"
CLASSIFIER = "Classifier: License :: OSI Approved :: "


def verdicts(folder: Path, *fields: str) -> dict[str, str]:
    """Что сказано о пакете с такими полями в описании."""
    installed = folder / "thing-1.0.dist-info"
    installed.mkdir()
    head = "Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n"
    (installed / "METADATA").write_text(head + "\n".join(fields) + "\n", encoding="utf-8")
    return refused(["thing"], [str(folder)])


def test_every_locked_package_has_an_allowed_licence() -> None:
    assert refused(locked_here(REQUIREMENTS / "dev.txt")) == {}


@pytest.mark.parametrize("lock", ["service.txt", "embedded.txt", "otel.txt"])
def test_whatever_is_shipped_is_among_the_packages_looked_at(lock: str) -> None:
    assert locked(REQUIREMENTS / lock).items() <= locked(REQUIREMENTS / "dev.txt").items()


@pytest.mark.parametrize(
    "fields",
    [
        ["License-Expression: GPL-3.0-only"],
        ["License-Expression: MIT AND AGPL-3.0-or-later"],
        ["License-Expression: Apache-2.0 WITH LLVM-exception"],
        ["License-Expression: MIT OR"],
        ["License-Expression: LicenseRef-Ours"],
        ["License-Expression: AGPL-3.0-only", "License: MIT", f"{CLASSIFIER}MIT License"],
        ["License: Proprietary", f"{CLASSIFIER}MIT License"],
        ["License: UNKNOWN"],
        [f"{CLASSIFIER}MIT License", f"{CLASSIFIER}GNU General Public License v3 (GPLv3)"],
        [TEXT],
        ["License: "],
        [],
    ],
)
def test_other_licences_are_refused(tmp_path: Path, fields: list[str]) -> None:
    assert list(verdicts(tmp_path, *fields)) == ["thing"]


@pytest.mark.parametrize(
    "fields",
    [
        ["License-Expression: MIT"],
        ["License-Expression: MPL-2.0 AND (GPL-3.0-only OR MIT)"],
        ["License: Apache 2.0"],
        [TEXT.rstrip(), f"{CLASSIFIER}BSD License"],
        [f"{CLASSIFIER}MIT License", f"{CLASSIFIER}Apache Software License"],
    ],
)
def test_allowed_licences_pass(tmp_path: Path, fields: list[str]) -> None:
    assert verdicts(tmp_path, *fields) == {}


def test_package_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    assert refused(["thing"], [str(tmp_path)]) == {
        "thing": "is not installed: its licence is unknown"
    }


def test_other_spellings_mean_allowed_licences() -> None:
    assert set(SPELT_OTHERWISE.values()) <= ALLOWED
