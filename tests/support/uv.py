"""uv, которым тест собирает и ставит проект в отдельное окружение."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

# Не только из make: тесты запускают и без него.
_UV = shutil.which("uv", path=f"{ROOT / '.uv' / 'bin'}{os.pathsep}{os.environ['PATH']}")


def uv(*arguments: str | Path, **variables: str) -> None:
    """Исполняет uv в корне проекта.

    Raises:
        RuntimeError: не вышло; в тексте — что сказал uv.
    """
    assert _UV
    run = subprocess.run(  # noqa: S603 — программа найдена нами
        [_UV, "--no-progress", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(run.stderr)


def need_uv(folder: Path) -> None:
    """Возвращается, если ставить можно; иначе пропускает тест, а в CI — проваливает.

    Args:
        folder: папка для пробы; сеть спрашивает тот же uv.
    """
    absent = _absent(folder)
    if absent and not os.environ.get("CI"):
        pytest.skip(absent)
    assert absent is None, f"CI has to install packages: {absent}"


def _absent(folder: Path) -> str | None:
    if _UV is None:
        return "uv is not installed: run make install"
    try:
        probe = ("pip", "install", "--dry-run", "--no-cache", "--no-deps", "--target", folder)
        uv(*probe, "click", UV_HTTP_RETRIES="0")
    except RuntimeError as error:
        return f"uv cannot get a package, is there a network? {str(error).splitlines()[0]}"
    return None
