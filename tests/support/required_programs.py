"""Программы, без которых замер или испытание не начать: они ставятся в систему, а не с проектом."""

import os
import shutil

import pytest


class ToolMissingError(Exception):
    """Программы нет; текст говорит, где её взять."""


def installed(program: str) -> str | None:
    """Находит программу, если она есть."""
    # Debian кладёт серверы в /usr/sbin, которого в PATH обычного пользователя нет.
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/bin")


def required(program: str, package: str | None = None) -> str:
    """Находит программу.

    Args:
        program: её имя.
        package: пакет Debian, если зовут его иначе.

    Raises:
        ToolMissingError: её нет.
    """
    found = installed(program)
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


def needs(program: str) -> pytest.MarkDecorator:
    """Отметка тестов, которым нужна программа: без неё они пропускаются, а в CI проваливаются."""
    is_missing = installed(program) is None and not os.environ.get("CI")
    return pytest.mark.skipif(is_missing, reason=f"{program} is not installed")
