"""Пакеты npm, которые нужны тестам: версии — в ``tests/node/package-lock.json``."""

import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.support.project import ROOT
from tests.support.required_programs import required_by_test

_FOLDER = ROOT / "tests" / "node"


@cache
def node_modules() -> Path:
    """Возвращает папку с пакетами; ставит их, если не стоят.

    Где npm нет, тест пропускается, а в CI — проваливается.
    """
    npm = required_by_test("npm")
    folder = _FOLDER / "node_modules"
    installed = folder / ".installed"
    wanted = sha256((_FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run(  # noqa: S603 — npm из системы, пакеты заперты
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=_FOLDER, check=True
        )
        installed.write_text(wanted)
    return folder


def node_program(name: str) -> Path:
    """Возвращает путь программы из пакетов."""
    return node_modules() / ".bin" / name
