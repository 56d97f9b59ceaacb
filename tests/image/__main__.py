"""Построить образы, запустить и проверить их; строка на проверку.

``python -m tests.image FOLDER`` — вторая половина: она идёт в собственной сети (unshare --net), где
мост, имена и порты контейнеров никому не мешают, а наружу пути нет. Код выхода 1, если что-то не
вышло. Где испытать нельзя, говорит почему и кончается нулём; с ``CI`` — единицей.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.image import compose_checks, image_checks
from tests.image.base_images import build_base_images
from tests.image.builds import (
    IMAGE,
    MISSING_FILE,
    NO_USER,
    ONE_LINE_CHANGED,
    VAIN_HEALTH_CHECK,
    build_service,
)
from tests.image.compose_checks import Project
from tests.image.engine import HOST_NETWORK, Engine, running_engine
from tests.support.required_programs import ToolMissingError, required
from tests.support.said import say

# Изъян и проверка, которая обязана его увидеть: без этого зелёное ничего не значило бы.
DEFECTS = {
    NO_USER: image_checks.runs_as_an_ordinary_user,
    VAIN_HEALTH_CHECK: image_checks.health_check_fails_without_the_service,
    MISSING_FILE: image_checks.every_page_is_served,
}
_PRIVATE_NETWORK = 'ip link set lo up && exec "$@"'


def main() -> None:
    """Проводит обе половины; вторую — в собственной сети."""
    if sys.argv[1:]:
        sys.exit(_try_out(Path(sys.argv[1])))
    if os.geteuid():
        raise ToolMissingError("only root may run a Docker engine of its own")
    for program, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("git", "git")):
        required(program, package)
    with tempfile.TemporaryDirectory(prefix="crm-api-image-") as name:
        folder = Path(name)
        with running_engine(folder / "engine", HOST_NETWORK) as engine:
            _build(engine, folder)
        command = [required("unshare"), "--net", "sh", "-c", _PRIVATE_NETWORK, "sh"]
        again = [sys.executable, "-m", "tests.image", str(folder)]
        code = subprocess.run([*command, *again], check=False).returncode  # noqa: S603
    sys.exit(code)


def _build(engine: Engine, folder: Path) -> None:
    with _timed("base images"):
        build_base_images(engine, folder)
    with _timed("the image of the service"):
        build_service(engine, folder)
    with _timed("the same with one line changed, and with defects"):
        for build in (ONE_LINE_CHANGED, *DEFECTS):
            build_service(engine, folder, build)


def _try_out(folder: Path) -> int:
    """Проверяет построенное; возвращает код выхода."""
    with running_engine(folder / "engine") as engine:
        with _timed("the image"):
            found = image_checks.failures(engine, f"{IMAGE}:latest")
        project = folder / "as-it-is"
        for version, checks in (
            ("14", compose_checks.FULL),
            ("15", compose_checks.SHORT),
            ("18", compose_checks.SHORT),
        ):
            with _timed(f"Compose with PostgreSQL {version}"):
                failed = compose_checks.failures(Project(engine, project, version), checks)
            found |= {f"PostgreSQL {version}: {name}": why for name, why in failed.items()}
        with _timed("the defects"):
            for defect, check in DEFECTS.items():
                if image_checks.failure(check, engine, f"{IMAGE}:{defect.name}") is None:
                    found[f"defect {defect.name}"] = f"not seen by: {image_checks.name(check)}"
    return _told(found)


def _told(failures: Mapping[str, str]) -> int:
    checks = [*image_checks.CHECKS, *compose_checks.FULL]
    for name, why in failures.items():
        say(f"FAILED {name}: {why}")
    say(f"{len(checks)} checks, {len(DEFECTS)} defects, {len(failures)} failures")
    return 1 if failures else 0


@contextmanager
def _timed(part: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    say(f"{part}: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except ToolMissingError as error:
        say(f"skipped: {error}")
        sys.exit(1 if os.environ.get("CI") else 0)
