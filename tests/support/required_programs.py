"""Программы, без которых замер или испытание не начать: они ставятся в систему, а не с проектом."""

import os
import shutil

import pytest


class ToolMissingError(Exception):
    """Программы нет; текст говорит, где её взять."""


def required(program: str, package: str | None = None) -> str:
    """Находит программу.

    Args:
        program: её имя.
        package: пакет Debian, если зовут его иначе.

    Raises:
        ToolMissingError: её нет.
    """
    # Debian кладёт серверы в /usr/sbin, которого в PATH обычного пользователя нет.
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/bin")
    if found is None:
        raise ToolMissingError(
            f"{program} is not installed; on Debian: apt-get install {package or program}"
        )
    return found


def required_by_test(program: str, package: str | None = None) -> str:
    """Находит то же для теста: где программы нет, он пропускается, а в CI — проваливается."""
    try:
        return required(program, package)
    except ToolMissingError as error:
        if not os.environ.get("CI"):
            pytest.skip(str(error))
        raise
