"""Путь одной регистрации: сколько вызовов Python она стоит и сколько наших файлов проходит.

Счёт не зависит от скорости машины и от того, чем она ещё занята, поэтому им можно пользоваться
там, где скорость не измерить.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from benchmarks.report import Goal
from benchmarks.stand import Bench
from tests.support.project import ROOT
from tests.support.running_service import start

OURS = "crm-api"
_PROGRAM = "benchmarks.counted_service"
_SECONDS = 120
_MOST_CALLS = 200
_MOST_FILES = 22
_GENERATED = re.compile(r"<(\w+) generated ")  # так attrs и cattrs называют код, который пишут сами


class CountFailedError(Exception):
    """Сосчитать не удалось; текст — конец журнала сервиса."""


@frozen
class CallPath:
    """Путь, которым прошло больше всего регистраций.

    Пути остальных отличаются тем, что случилось во время них: обход соединений, новая секунда
    в журнале, сборка мусора.

    Attributes:
        files: вызовов Python в каждом файле.
        same: сколько регистраций прошло в точности так.
        counted: сколько регистраций сосчитано.
    """

    files: Mapping[str, int]
    same: int
    counted: int

    @property
    def packages(self) -> dict[str, int]:
        """Вызовов в каждом пакете, от большего."""
        calls: Counter[str] = Counter()
        for file, times in self.files.items():
            calls[package_of(file)] += times
        return dict(calls.most_common())

    @property
    def our_files(self) -> dict[str, int]:
        """Вызовов в каждом нашем файле, от большего."""
        ours = {
            str(Path(file).relative_to(ROOT)): times
            for file, times in self.files.items()
            if package_of(file) == OURS
        }
        return dict(sorted(ours.items(), key=lambda one: (-one[1], one[0])))


def measured_path(bench: Bench) -> CallPath:
    """Запускает сервис, который считает свои вызовы.

    Raises:
        CountFailedError: сервис не запустился или ответил не 201.
    """
    folder = bench.folder()
    result = folder / "counts.json"
    program = (_PROGRAM, str(result))
    process, log = start(folder, program=program, database_url=bench.database_url)
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS)
    finally:
        process.kill()
        process.wait()
    if not result.exists():
        raise CountFailedError(log.read_text(encoding="utf-8")[-2000:])
    return usual_path(json.loads(result.read_text(encoding="utf-8")))


def usual_path(counts: Iterable[Mapping[str, int]]) -> CallPath:
    """Находит самый частый путь.

    Args:
        counts: вызовы каждой регистрации по файлам; хотя бы одна.
    """
    seen = Counter(frozenset(files.items()) for files in counts)
    ((files, same),) = seen.most_common(1)
    return CallPath(dict(files), same, seen.total())


def package_of(file: str) -> str:
    """Называет пакет по имени файла, которое записано в коде функции."""
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    if generated := _GENERATED.match(file):
        return generated[1]
    if Path(file).is_relative_to(ROOT):
        return OURS
    return "standard library"  # и то, что вморожено в сам Python: <frozen abc>


def path_report(path: CallPath) -> str:
    """Строит таблицы Markdown: сколько надо, вызовы по пакетам и по нашим файлам."""
    total = sum(path.files.values())
    goals = (
        Goal("Python calls of one lone registration", total, most=_MOST_CALLS, unit=""),
        Goal("files of ours that it enters", len(path.our_files), most=_MOST_FILES, unit=""),
    )
    lines = [
        f"{path.same} of {path.counted} registrations went this way.",
        "",
        "| what | reach | measured | reached |",
        "|---|---|---|---|",
        *map(str, goals),
        *_table("package", path.packages),
        *_table("file", path.our_files),
    ]
    return "\n".join(lines) + "\n"


def _table(title: str, calls: Mapping[str, int]) -> Iterator[str]:
    yield from ("", f"| {title} | calls |", "|---|---:|")
    for name, times in calls.items():
        yield f"| {name} | {times} |"
    yield f"| together | {sum(calls.values())} |"
