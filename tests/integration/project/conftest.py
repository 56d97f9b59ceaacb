"""Колесо, собранное один раз на все тесты."""

from pathlib import Path

import pytest

from tests.support.uv import need_uv, uv


@pytest.fixture(scope="session")
def wheel(data_root: Path) -> Path:
    """Собранное колесо; в CI собираться оно обязано."""
    folder = data_root / "wheel"
    need_uv(folder)
    build = ("build", "--wheel", "--out-dir", folder, "--require-hashes")
    uv(*build, "--build-constraints", "requirements/build.txt")
    (built,) = folder.glob("*.whl")
    return built
