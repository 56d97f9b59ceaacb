"""Пакеты npm, которые нужны тестам: версии — в ``tests/node/package-lock.json``."""

import fcntl
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
    with (_FOLDER / "package-lock.json").open("rb") as lock:
        # Второй процесс тестов начал бы с того, что удалил бы папку, которую первый наполняет.
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = sha256(lock.read()).hexdigest()
        if not installed.exists() or installed.read_text() != wanted:
            subprocess.run(  # noqa: S603 — npm из системы, пакеты заперты
                [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=_FOLDER, check=True
            )
            installed.write_text(wanted)
    return folder


def node_program(name: str) -> Path:
    """Возвращает путь программы из пакетов."""
    return node_modules() / ".bin" / name
