"""Прежняя сборка сервиса: исходники ревизии git и своё окружение с её же библиотеками."""

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from attrs import frozen

from benchmarks.stand import Bench
from tests.support.project import ROOT
from tests.support.running_service import Service, running_service

_LOCK = Path("requirements", "embedded.txt")


class OldBuildError(Exception):
    """Ревизии нет, или её не собрать."""


@frozen
class OldBuild:
    """Собранная ревизия.

    Attributes:
        revision: её короткое имя.
        source: папка исходников.
        python: Python её окружения.
    """

    revision: str
    source: Path
    python: Path

    def service(self, bench: Bench, *, workers: int = 1) -> AbstractContextManager[Service]:
        """Запускает сервис этой сборки; таблицы он делает сам."""
        return running_service(
            bench.folder(),
            prefix=("env", f"PYTHONPATH={self.source}"),
            python=self.python,
            database_url=bench.database_url,
            workers=str(workers),
        )


def old_build(revision: str, folder: Path) -> OldBuild:
    """Собирает ревизию в пустой папке.

    Raises:
        OldBuildError: ревизии нет, в ней нет ``requirements/embedded.txt``, или библиотек не
            установить.
    """
    git = ("git", "-C", str(ROOT))
    commit = [
        *git,
        "rev-parse",
        "--verify",
        "--short",
        "--end-of-options",
        f"{revision}^{{commit}}",
    ]
    name = _run(commit, f"no revision {revision} here").decode().strip()
    archive = _run([*git, "archive", name], f"cannot read the revision {name}")
    source, environment = folder / "source", folder / "venv"
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(source, filter="data")
    if not (source / _LOCK).exists():
        raise OldBuildError(f"the revision {name} has no {_LOCK}")
    build = OldBuild(name, source, environment / "bin" / "python")
    uv, failed = _uv(), f"cannot install {_LOCK} of the revision {name}"
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], failed)
    install = [uv, "pip", "install", "--quiet", "--python", str(build.python), "--require-hashes"]
    _run([*install, "-r", str(source / _LOCK)], failed)
    return build


def _uv() -> str:
    """Находит uv: свой, если проект установлен здесь, иначе тот, что в системе."""
    own = ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise OldBuildError("uv is not installed; run: make install")
    return found


def _run(command: Sequence[str], failed: str) -> bytes:
    result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 — команды свои
    if result.returncode:
        said = result.stderr.decode(errors="replace").strip().splitlines()
        raise OldBuildError(": ".join((failed, *said[-1:])))
    return result.stdout
