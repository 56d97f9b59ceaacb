"""Сборки образа сервиса: как есть, с правкой и с нарочно внесёнными изъянами."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from tests.image.engine import Engine
from tests.support.project import ROOT

IMAGE = "crm-crm_api"
"""Имя, под которым образ ищет Compose."""


@frozen
class Build:
    """Сборка из правленого.

    Attributes:
        name: что не так, как есть; оно же метка образа.
        change: правит копию проекта в этой папке.
    """

    name: str
    change: Callable[[Path], None]


def _replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


ONE_LINE_CHANGED = Build("one-line-changed", _replaced("domain/__init__.py", '"""', '"""Правка. '))
NO_USER = Build("no-user", _replaced("Dockerfile", "\nUSER 10001\n", "\n"))
VAIN_HEALTH_CHECK = Build(
    "vain-health-check",
    _replaced("Dockerfile", 'CMD ["python", "-m", "entrypoints.health_check"]', 'CMD ["true"]'),
)
MISSING_FILE = Build(
    "missing-file", lambda folder: (folder / "entrypoints/http/static/docs.js").unlink()
)


def build_service(engine: Engine, folder: Path, build: Build | None = None) -> None:
    """Строит образ из того, что отслеживает git; правки рабочей папки в него входят.

    Raises:
        tests.image.engine.DockerError: не построился.
    """
    source = folder / (build.name if build else "as-it-is")
    _copy_project(source)
    if build:
        build.change(source)
    tag = f"{IMAGE}:{build.name if build else 'latest'}"
    engine.run("build", "--network=host", "--tag", tag, ".", cwd=source)


def _copy_project(target: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():  # удалённое ещё числится
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy)
