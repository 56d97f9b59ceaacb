"""Сборка сервиса: исходники и своё окружение с их библиотеками, без средств разработки."""

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from attrs import frozen

from tests.support.project import ROOT
from tests.support.running_service import Service, running_service

TODAY = "today"
_LOCK = Path("requirements", "embedded.txt")
_BUILD_LOCK = Path("requirements", "build.txt")


class BuildError(Exception):
    """Ревизии нет, или её не собрать."""


@frozen
class Build:
    """Сборка.

    Attributes:
        name: короткое имя ревизии или ``TODAY``.
        source: папка исходников.
        python: Python её окружения.
    """

    name: str
    source: Path
    python: Path

    def service(self, folder: Path, **variables: str) -> AbstractContextManager[Service]:
        """Запускает сервис этой сборки в папке; таблицы он делает сам.

        Args:
            folder: рабочая папка.
            variables: настройки без ``CRM_``.
        """
        return running_service(folder, python=self.python, passed=(), **variables)


def this_build(folder: Path) -> Build:
    """Ставит в пустую папку библиотеки того, что лежит здесь.

    Raises:
        BuildError: их не установить.
    """
    return _installed(Build(TODAY, ROOT, folder / "bin" / "python"), folder)


def old_build(revision: str, folder: Path) -> Build:
    """Собирает ревизию в пустой папке.

    Raises:
        BuildError: ревизии нет, в ней нет ``requirements/embedded.txt``, или библиотек не
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
        raise BuildError(f"the revision {name} has no {_LOCK}")
    return _installed(Build(name, source, environment / "bin" / "python"), environment)


def _installed(build: Build, environment: Path) -> Build:
    uv, failed = _uv(), f"cannot install {_LOCK} of {build.name}"
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], failed)
    install = [uv, "pip", "install", "--quiet", "--python", str(build.python)]
    _run([*install, "--require-hashes", "-r", str(build.source / _LOCK)], failed)
    constraints = str(build.source / _BUILD_LOCK)
    itself = ["--no-deps", "--build-constraints", constraints, "--editable", str(build.source)]
    _run([*install, *itself], f"cannot install {build.name} itself")
    return build


def _uv() -> str:
    """Находит uv: свой, если проект установлен здесь, иначе тот, что в системе."""
    own = ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise BuildError("uv is not installed; run: make install")
    return found


def _run(command: Sequence[str], failed: str) -> bytes:
    result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 — команды свои
    if result.returncode:
        said = result.stderr.decode(errors="replace").strip().splitlines()
        raise BuildError(": ".join((failed, *said[-1:])))
    return result.stdout
