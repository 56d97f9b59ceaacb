"""Закреплённые зависимости из папки requirements."""

from pathlib import Path

from packaging.requirements import Requirement


def locked_lines(lock: Path) -> list[str]:
    """Читает файл по зависимости в строке; перенесённые строки собраны, комментариев нет."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def locked(lock: Path) -> dict[str, str]:
    """Версии всех зависимостей по имени."""
    return dict(line.split(" ")[0].split("==") for line in locked_lines(lock))


def locked_here(lock: Path) -> dict[str, str]:
    """Версии тех, что нужны этому Python в этой системе."""
    needed = [Requirement(line.partition(" --hash")[0].strip()) for line in locked_lines(lock)]
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in needed
        if one.marker is None or one.marker.evaluate()
    }
